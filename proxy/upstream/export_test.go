package upstream

import (
	"context"
	"time"
)

// Prepare puts a connection for r into the pool that has served no call, as a
// producer's session tickets may still be unread on it.
func (c *Client) Prepare(ctx context.Context, r *Request) error {
	cn, _, err := c.connect(ctx, r)
	if err != nil {
		return err
	}
	if cn.key.profile != nil {
		if _, err := cn.handshake(time.Minute); err != nil {
			return err
		}
	}
	c.pool.put(cn, time.Minute)
	return nil
}
