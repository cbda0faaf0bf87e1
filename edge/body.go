package edge

// readBody counts down Content-Length.
func (g *gate) readBody(p []byte) (int, error) {
	if int64(len(p)) > g.left {
		p = p[:g.left]
	}
	n, err := g.take(p)
	if g.left -= int64(n); g.left == 0 {
		g.nextHead()
	}
	return n, err
}

// readChunks follows chunked framing. Of what was read into p, the bytes behind
// the body go back to the buffer.
func (g *gate) readChunks(p []byte) (int, error) {
	if int64(len(p)) > g.chunk.data && len(p) > len(g.buf) {
		p = p[:len(g.buf)] // what lies behind the body must fit in there
	}
	buffered := g.r < g.w
	n, err := g.take(p)
	if err != nil {
		return 0, err
	}
	kept, used, reason := g.chunk.follow(p[:n])
	if buffered {
		g.r -= n - used
	} else {
		g.r, g.w = 0, copy(g.buf, p[used:n])
	}
	switch {
	case reason != "":
		g.broken.Store(&FramingError{Reason: reason})
		g.stage = failed
	case g.chunk.state == chunksDone:
		g.nextHead()
	}
	return kept, nil
}

// take gives buffered bytes first, then reads straight into p.
func (g *gate) take(p []byte) (int, error) {
	if g.r < g.w {
		n := copy(p, g.buf[g.r:g.w])
		g.r += n
		return n, nil
	}
	return g.read(p)
}

// read reads once. An error that comes with bytes is left for the next read,
// where a connection says it again.
func (g *gate) read(p []byte) (int, error) {
	n, err := g.src.Read(p)
	if n > 0 {
		return n, nil
	}
	return 0, err
}
