module rivgate

go 1.26
