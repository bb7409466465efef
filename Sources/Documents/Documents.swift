// Where does this text come from, and what is wrong with it?
