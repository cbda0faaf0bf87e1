// Package xmlstream is a pull tokenizer for large XML documents read from
// files and other systems: one pass, no allocation per token, bounded memory.
//
// It reports start tags, end tags and character data with namespaces resolved
// (XML 1.0 fifth edition, Namespaces in XML 1.0). Comments and processing
// instructions are checked and left out. Entities are the predefined ones and
// character references; nothing is ever fetched or expanded.
package xmlstream
