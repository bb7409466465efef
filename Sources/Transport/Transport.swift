// How do bytes and time reach a loop?
