// What do operators see?
