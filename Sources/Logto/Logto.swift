// What does Logto say?
