// Is this access allowed, by which rule, and why?
