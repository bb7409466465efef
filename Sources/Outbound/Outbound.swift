// How do we call somebody else's HTTP service?
