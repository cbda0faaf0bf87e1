package tak

// Route is one row of the routing table (virtualiseringsInfo, vägval): the
// producer of a contract for a receiver. Profile and Contract have their white
// space collapsed, the other texts are as TAK has them, untrimmed.
type Route struct {
	ID       string // TAK's number of the row; carries no meaning
	Receiver string
	Profile  string
	Contract string
	Address  string
	Valid    Validity
}

// Permission is one row of the permission table (anropsBehorighetsInfo): a
// sender that may call a contract at a receiver.
type Permission struct {
	ID       string // TAK's number of the row; carries no meaning
	Receiver string
	Sender   string
	Contract string
	Valid    Validity
}

// routeRow and permissionRow are the rows as they are kept: with the numbers of
// their texts, and without pointers. Their ids are apart, by row.
type (
	routeRow struct {
		receiver, profile, contract, address uint32
		valid                                Validity
	}
	permissionRow struct {
		receiver, sender, contract uint32
		valid                      Validity
	}
)

// route is a row as it is told.
func (c *Catalogue) route(i int) Route {
	row := c.routes.at(i)
	return Route{
		ID:       c.routeIDs.At(uint32(i)),
		Receiver: c.texts.At(row.receiver),
		Profile:  c.texts.At(row.profile),
		Contract: c.texts.At(row.contract),
		Address:  c.texts.At(row.address),
		Valid:    row.valid,
	}
}

func (c *Catalogue) permission(i int) Permission {
	row := c.permissions.at(i)
	return Permission{
		ID:       c.permissionIDs.At(uint32(i)),
		Receiver: c.texts.At(row.receiver),
		Sender:   c.texts.At(row.sender),
		Contract: c.texts.At(row.contract),
		Valid:    row.valid,
	}
}

// chunkSize is how many rows are allocated at a time: growing one slice of
// hundreds of thousands would leave several times its size as garbage.
const chunkSize = 4096

// table is rows in the order they came.
type table[T any] struct {
	chunks [][]T
	length int
}

func (t *table[T]) add(row T) {
	if t.length%chunkSize == 0 {
		var chunk []T
		if t.length > 0 {
			chunk = make([]T, 0, chunkSize)
		}
		t.chunks = append(t.chunks, chunk)
	}
	last := len(t.chunks) - 1
	t.chunks[last] = append(t.chunks[last], row)
	t.length++
}

func (t *table[T]) at(i int) *T { return &t.chunks[i/chunkSize][i%chunkSize] }
