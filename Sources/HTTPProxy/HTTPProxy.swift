// How does a message get from client to upstream and back?
