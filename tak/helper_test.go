package tak_test

const (
	answerStart = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><%sResponse xmlns="urn:skl:tp:vagvalsinfo:v2">`
	answerEnd   = `</%sResponse></soap:Body></soap:Envelope>`
)
