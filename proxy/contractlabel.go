package proxy

// knownContract is the contract as the catalogue spells it, or as a
// virtualisation names it. It is empty for what neither knows: of callers'
// spellings there is no end.
func (c *Call) knownContract() string {
	contract := c.Contract()
	if contract == "" {
		return ""
	}
	if catalogue := c.View.Routing.Catalogue(); catalogue != nil {
		if spelling, ok := catalogue.Contract(contract); ok {
			return spelling
		}
	}
	if c.View.Virtualisations.names(contract) {
		return contract
	}
	return ""
}
