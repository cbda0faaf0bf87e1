// Package vplog reads what VP logged of its calls, in each form VP has: ECS
// lines, the older text, and that text inside ECS lines, as VP's Helm chart
// writes it. A Reader gives events, a Joiner makes calls of them. Both take
// memory that does not grow with the log, and neither keeps what callers sent:
// payloads and headers are passed over.
package vplog
