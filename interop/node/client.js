'use strict';
// Does the cases of a scenario by soap, and prints what came of each as JSON.

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const https = require('node:https');
const soap = require('soap');

const paths = { bookings: '/example/booking/GetBookings/1/', document: '/example/archive/StoreDocument/1/' };
const xop = 'http://www.w3.org/2004/08/xop/include';
const contentID = 'document@example.org';

const scenario = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const content = fs.readFileSync(scenario.document);
const sha256 = (data) => createHash('sha256').update(data).digest('hex');

function agent(identity) {
  const file = (name) => fs.readFileSync(`${scenario.folder}/${name}`);
  const options = { keepAlive: true, maxSockets: 1, ca: file('ca.crt') };
  if (identity) {
    Object.assign(options, { cert: file(`${identity}.crt`), key: file(`${identity}.key`) });
  }
  return new https.Agent(options);
}

// Client mends a WSDL that arrives: the library takes a message's first part for
// the body's, whatever soap:body says, and in RIV-TA's contracts that is the header's.
class Client extends soap.HttpClient {
  handleResponse(request, response, body) {
    const text = super.handleResponse(request, response, body);
    return typeof text === 'string' ? text.replace(/<wsdl:part name="(LogicalAddress|To)"[^>]*\/>/, '') : text;
  }
}

const fetching = agent('consumer');
const made = new Map();

// client is made from a WSDL that the gateway serves.
async function client(url) {
  if (!made.has(url)) {
    made.set(url, await soap.createClientAsync(`${url}?wsdl`, {
      wsdl_options: { httpsAgent: fetching },
      httpClient: new Client({ parseReponseAttachments: true }),
      parseReponseAttachments: true,
    }));
  }
  return made.get(url);
}

function address(target, todo) {
  target.clearSoapHeaders();
  if (todo.profile === 'rivtabp21') {
    target.addSoapHeader({ LogicalAddress: todo.receiver }, '', 'itr', 'urn:riv:itintegration:registry:1');
  } else {
    target.addSoapHeader({ To: todo.receiver }, '', 'wsa', 'http://www.w3.org/2005/08/addressing');
  }
}

const subject = (todo) => ({ root: '1.2.752.999', extension: todo.name });

async function bookings(target, todo, options) {
  const [answer] = await target.GetBookingsAsync(
    { subjectId: subject(todo), maxHits: todo.maxHits, note: todo.note }, options);
  const last = answer.booking.at(-1);
  return {
    count: answer.booking.length,
    id: last.bookingId.extension,
    start: last.start.toISOString().replace('.000Z', 'Z'),
    status: last.status,
    careUnit: last.careUnit,
    note: last.note,
  };
}

// document sends the content as base64, or attaches it and refers to it. The
// library makes and takes apart the multipart body; the reference is ours.
async function document(target, todo, options) {
  const attached = todo.sendAs === 'ATTACHED';
  if (attached) {
    options.attachments = [{ mimetype: 'application/octet-stream', contentId: contentID, name: 'document', body: content }];
  }
  const [answer] = await target.StoreDocumentAsync({
    documentId: subject(todo),
    name: todo.note,
    answerAs: todo.answerAs,
    content: attached ? { $xml: `<xop:Include xmlns:xop="${xop}" href="cid:${contentID}"/>` } : content.toString('base64'),
  }, options);
  return {
    note: answer.name,
    receivedAs: answer.receivedAs,
    receivedHash: answer.receivedHash,
    receiptHash: sha256(receipt(target, answer.receipt)),
  };
}

function receipt(target, given) {
  if (typeof given === 'string') {
    return Buffer.from(given, 'base64');
  }
  const id = decodeURIComponent(given.Include.attributes.href.replace(/^cid:/, ''));
  return target.lastResponseAttachments.parts.find((part) => part.headers['content-id'] === `<${id}>`).body;
}

function failure(error) {
  const fault = error.root?.Envelope?.Body?.Fault;
  if (fault) {
    const own = fault.detail.BookingFault;
    return {
      kind: 'fault',
      exception: error.constructor.name,
      code: fault.faultcode,
      string: fault.faultstring,
      detail: own ? `${own.reason} (${own.subjectId.extension})` : fault.detail.detailString,
    };
  }
  const refused = /^(ERR_SSL|ECONNRESET|EPIPE)/.test(error.code);
  return { kind: refused ? 'refused' : 'error', exception: error.constructor.name, string: `${error.code} ${error.stack}` };
}

async function run(todo) {
  const path = paths[todo.contract] + todo.profile;
  const own = agent(todo.identity);
  try {
    const target = await client(scenario.base + path);
    target.setEndpoint(todo.kept ? scenario.kept + path : undefined); // by default the WSDL's
    address(target, todo);
    let got;
    for (let i = 0; i < todo.calls; i++) {
      const options = { httpsAgent: own };
      got = await (todo.contract === 'bookings' ? bookings : document)(target, todo, options);
    }
    return { kind: 'answer', ...got };
  } catch (error) {
    return failure(error);
  } finally {
    own.destroy();
  }
}

async function main() {
  const outcomes = [];
  for (const todo of scenario.cases) {
    outcomes.push({ case: todo.name, ...await run(todo) });
  }
  fetching.destroy();
  console.log(JSON.stringify({ library: `Node, soap ${require('soap/package.json').version}`, outcomes }, null, 1));
}

main();
