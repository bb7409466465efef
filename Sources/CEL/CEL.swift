// What does this expression mean, what is its type and its value?
