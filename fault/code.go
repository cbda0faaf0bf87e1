package fault

// Code is a failure's name as callers see it, VP001 to VP015, or Overloaded.
// It is an error, so that errors.Is(err, fault.VP004) asks for a code.
type Code string

// The codes SKLTP VP answers with. Their texts are contracts: callers and
// test suites match on them.
const (
	VP001 Code = "VP001" // RIV-TA profile missing in the request
	VP002 Code = "VP002" // no usable sender identity
	VP003 Code = "VP003" // logical address missing
	VP004 Code = "VP004" // no route
	VP005 Code = "VP005" // no conversion between the profiles
	VP006 Code = "VP006" // more than one route
	VP007 Code = "VP007" // no permission
	VP008 Code = "VP008" // no catalogue loaded
	VP009 Code = "VP009" // the producer failed
	VP010 Code = "VP010" // route without usable address
	VP011 Code = "VP011" // plain HTTP from an untrusted address
	VP012 Code = "VP012" // conversion failed
	VP013 Code = "VP013" // sender may not set the original consumer
	VP014 Code = "VP014" // routing loop
	VP015 Code = "VP015" // unreadable request

	// Overloaded is the one fault without a VP code: a limit on load was
	// reached and the call was not looked at. Its HTTP status is 503.
	Overloaded Code = "Overloaded"
)

// Side is who is to blame, and becomes the SOAP fault code.
type Side uint8

// The two sides: the caller's request is wrong, or the platform failed.
const (
	Server Side = iota
	Client
)

var definitions = map[Code]struct {
	side Side
	text string
}{
	VP001: {Client, "Rivta-version saknas i anrop eller stöds ej av tjänsteplattformen."},
	VP002: {Client, "Fel i klientcertifikat. Saknas, är av felaktig typ, eller är felaktigt utformad."},
	VP003: {Client, "Logisk adressat (ReceiverId) saknas i RivHeadern i inkommande meddelande."},
	VP004: {Client, "Det finns inget vägval i tjänsteadresseringskatalogen som matchar anropets logiska adressat (ReceiverId) och tjänstekontrakt. Kontrollera uppgifterna i anropet och vid behov, beställ konfigurering i aktuell tjänsteplattform."},
	VP005: {Client, "Tjänsteproducenten stödjer inte anropets angivna rivta-version. Kontrollera uppgifterna."},
	VP006: {Server, "Internt fel i tjänsteplattformen. Det finns fler än en tjänsteproducent definierad i tjänsteadresseringskatalogen som matchar logisk adressat (ReceiverId), tjänstekontrakt och dagens datum. Tyder på felkonfiguration. Rapportera felet till tjänsteplattformsförvaltningen."},
	VP007: {Server, "Tjänstekonsumenten saknar behörighet att anropa den logiska adressaten via detta tjänstekontrakt. Kontrollera uppgifterna och vid behov, tillse att det beställs konfiguration i aktuell tjänsteplattform."},
	VP008: {Server, "Internt fel i tjänsteplattformen. Ingen kontakt med tjänsteadresseringskatalogen. Informera tjänsteplattformsförvaltningen."},
	VP009: {Server, "Fel vid kontakt med tjänsteproducenten."},
	VP010: {Server, "Internt fel i tjänsteplattformen. URL saknas för tjänsteproducenten i tjänsteplattformens tjänsteadresseringskatalog."},
	VP011: {Client, "Anrop har gjorts utanför TLS vilket ej är tillåtet. Tjänstekonsumenten ska alltid använda TLS för säker kommunikation."},
	VP012: {Server, "Internt fel i tjänsteplattformen. Nödvändiga resurser saknas för att VP skall fungera."},
	VP013: {Client, "Enligt tjänsteplattformens konfiguration saknar tjänstekonsumenten rätt att använda headern x-rivta-original-serviceconsumer-hsaid. Kontakta tjänsteplattformsförvaltningen."},
	VP014: {Server, "Anropsförmedlingen för den logiska adressaten har givit upphov till rundgång mellan tjänsteplattformar. Rapportera felet till tjänsteplattformsförvaltningen."},
	VP015: {Client, "Anrop ej korrekt utformat och kan därför inte behandlas."},

	Overloaded: {Server, "Overloaded"},
}

// Codes lists the VP codes in order.
func Codes() []Code {
	return []Code{
		VP001, VP002, VP003, VP004, VP005, VP006, VP007, VP008,
		VP009, VP010, VP011, VP012, VP013, VP014, VP015,
	}
}

// Side tells who is to blame.
func (c Code) Side() Side { return definitions[c].side }

// Text is the fault's fixed message, in Swedish as VP words it.
func (c Code) Text() string { return definitions[c].text }

// Error makes a Code an error to compare with errors.Is.
func (c Code) Error() string { return string(c) }
