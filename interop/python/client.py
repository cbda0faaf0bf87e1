"""Does the cases of a scenario by zeep, and prints what came of each as JSON."""

import hashlib
import json
import sys
from datetime import timezone

import requests
import zeep
from zeep.transports import Transport

NAMESPACE = {
    "bookings": "urn:riv:example:booking:GetBookingsResponder:1",
    "document": "urn:riv:example:archive:StoreDocumentResponder:1",
}
PATH = {
    "bookings": "/example/booking/GetBookings/1/",
    "document": "/example/archive/StoreDocument/1/",
}


class Clients:
    """zeep clients, each made from a WSDL that the gateway serves."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.made = {}

    def session(self, identity):
        folder = self.scenario["folder"]
        session = requests.Session()
        session.trust_env = False
        session.verify = f"{folder}/ca.crt"
        if identity:
            session.cert = (f"{folder}/{identity}.crt", f"{folder}/{identity}.key")
        return session

    def get(self, case):
        """The client for a case. It calls as the case's identity."""
        url = self.scenario["base"] + PATH[case["contract"]] + case["profile"]
        if url not in self.made:
            self.made[url] = zeep.Client(url + "?wsdl", transport=Transport(session=self.session("consumer")))
        client = self.made[url]
        client.transport = Transport(session=self.session(case["identity"]))
        return client

    def service(self, client, case):
        if not case["kept"]:
            return client.service
        binding = next(iter(client.wsdl.bindings))
        return client.create_service(binding, self.scenario["kept"] + PATH[case["contract"]] + case["profile"])


def subject(case):
    return {"root": "1.2.752.999", "extension": case["name"]}


def header(case):
    return {"LogicalAddress" if case["profile"] == "rivtabp21" else "To": case["receiver"]}


def bookings(service, case):
    answer = service.GetBookings(
        subjectId=subject(case), maxHits=case["maxHits"], note=case["note"], _soapheaders=header(case)
    )
    last = answer.booking[-1]
    return {
        "count": len(answer.booking),
        "id": last.bookingId.extension,
        "start": last.start.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "status": last.status,
        "careUnit": last.careUnit,
        "note": last.note,
    }


def document(service, case, content):
    answer = service.StoreDocument(
        documentId=subject(case), name=case["note"], answerAs=case["answerAs"], content=content, _soapheaders=header(case)
    )
    return {
        "note": answer.name,
        "receivedAs": answer.receivedAs,
        "receivedHash": answer.receivedHash,
        "receiptHash": hashlib.sha256(answer.receipt).hexdigest(),
    }


def fault(client, error):
    """A fault as zeep's exception tells it."""
    detail = ""
    for child in error.detail if error.detail is not None else []:
        if child.tag == f"{{{NAMESPACE['bookings']}}}BookingFault":
            own = client.wsdl.types.deserialize(child)
            detail = f"{own.reason} ({own.subjectId.extension})"
        else:
            detail += child.text or ""
    return {"code": error.code, "string": error.message, "detail": detail}


def name(error):
    return f"{type(error).__module__}.{type(error).__qualname__}"


def do(clients, case, content):
    if case["sendAs"] == "ATTACHED":
        return {"kind": "lacking"}  # zeep reads MTOM and does not write it
    client = clients.get(case)
    try:
        service = clients.service(client, case)
        for _ in range(case["calls"]):
            got = bookings(service, case) if case["contract"] == "bookings" else document(service, case, content)
        return {"kind": "answer", **got}
    except zeep.exceptions.Fault as error:
        return {"kind": "fault", "exception": name(error), **fault(client, error)}
    except (requests.exceptions.SSLError, requests.exceptions.ConnectionError) as error:
        return {"kind": "refused", "exception": name(error), "string": str(error)}
    except Exception as error:
        return {"kind": "error", "exception": name(error), "string": str(error)}
    finally:
        client.transport.session.close()


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        scenario = json.load(file)
    with open(scenario["document"], "rb") as file:
        content = file.read()
    clients = Clients(scenario)
    outcomes = [{"case": case["name"], **do(clients, case, content)} for case in scenario["cases"]]
    json.dump({"library": f"Python, zeep {zeep.__version__}", "outcomes": outcomes}, sys.stdout, indent=1)


main()
