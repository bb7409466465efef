// Which plain values do all parts share?
