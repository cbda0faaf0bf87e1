// Package interop calls rivgate by the SOAP libraries that people use: Python's
// zeep, Java's CXF, Node's soap, and Go. It has tests only.
package interop
