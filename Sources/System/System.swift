// What does the kernel offer?
