// How do these make one running gateway?
