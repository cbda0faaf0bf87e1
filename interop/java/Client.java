import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import interop.addressing.AttributedURIType;
import jakarta.activation.DataHandler;
import jakarta.activation.FileDataSource;
import jakarta.xml.ws.BindingProvider;
import jakarta.xml.ws.WebServiceException;
import jakarta.xml.ws.soap.SOAPBinding;
import jakarta.xml.ws.soap.SOAPFaultException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;
import org.apache.cxf.configuration.jsse.TLSClientParameters;
import org.apache.cxf.frontend.ClientProxy;
import org.apache.cxf.transport.http.HTTPConduit;
import org.apache.cxf.version.Version;
import riv.example.archive.storedocumentresponder._1.PackagingEnum;
import riv.example.archive.storedocumentresponder._1.StoreDocumentResponseType;
import riv.example.archive.storedocumentresponder._1.StoreDocumentType;
import riv.example.booking._1.BookingType;
import riv.example.booking.getbookingsresponder._1.BookingFaultType;
import riv.example.booking.getbookingsresponder._1.GetBookingsResponseType;
import riv.example.booking.getbookingsresponder._1.GetBookingsType;
import riv.example.common._1.IIType;

/** Does the cases of a scenario by what wsdl2java generated, and prints what came of each as JSON. */
public class Client {
    static class Scenario {
        String base, kept, folder, password, document;
        List<Case> cases;
    }

    static class Case {
        String name, contract, profile, receiver, identity, note, sendAs, answerAs;
        int calls, maxHits;
        boolean kept;

        boolean is21() {
            return profile.equals("rivtabp21");
        }
    }

    /** One call of an operation; what it returns goes into the report. */
    interface Call {
        Map<String, Object> make() throws Exception;
    }

    private final Scenario scenario;
    private final Map<String, Object> services = new LinkedHashMap<>();

    Client(Scenario scenario) {
        this.scenario = scenario;
    }

    public static void main(String[] args) throws Exception {
        Scenario scenario = new Gson().fromJson(Files.readString(Path.of(args[0])), Scenario.class);
        Client client = new Client(scenario);
        List<Map<String, Object>> outcomes = new ArrayList<>();
        for (Case todo : scenario.cases) {
            Map<String, Object> outcome = new LinkedHashMap<>();
            outcome.put("case", todo.name);
            outcome.putAll(client.perform(todo));
            outcomes.add(outcome);
        }
        Map<String, Object> report = Map.of("library", "Java, CXF " + Version.getCurrentVersion(), "outcomes", outcomes);
        new PrintStream(System.out, true, StandardCharsets.UTF_8).println(new GsonBuilder().setPrettyPrinting().create().toJson(report));
        System.exit(0); // the HTTP client's threads would linger
    }

    Map<String, Object> perform(Case todo) {
        try {
            Call call = todo.contract.equals("bookings") ? bookings(todo) : document(todo);
            Map<String, Object> answer = null;
            for (int i = 0; i < todo.calls; i++) {
                answer = call.make();
            }
            answer.put("kind", "answer");
            return answer;
        } catch (riv.example.booking.getbookings._1.rivtabp21.BookingFault e) {
            return ownFault(e, e.getFaultInfo());
        } catch (riv.example.booking.getbookings._1.rivtabp20.BookingFault e) {
            return ownFault(e, e.getFaultInfo());
        } catch (SOAPFaultException e) {
            String detail = e.getFault().getDetail() == null ? "" : e.getFault().getDetail().getTextContent();
            return failure("fault", e, e.getFault().getFaultCode(), e.getFault().getFaultString(), detail);
        } catch (WebServiceException e) {
            return failure(e.getCause() instanceof IOException ? "refused" : "error", e, "", String.valueOf(e.getCause()), "");
        } catch (Exception e) {
            return failure("error", e, "", e.toString(), "");
        }
    }

    /** JAX-WS keeps no fault code for a fault that the WSDL declares. */
    static Map<String, Object> ownFault(Exception e, BookingFaultType info) {
        return failure("fault", e, "", e.getMessage(), info.getReason() + " (" + info.getSubjectId().getExtension() + ")");
    }

    static Map<String, Object> failure(String kind, Exception e, String code, String string, String detail) {
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("kind", kind);
        outcome.put("exception", e.getClass().getName());
        outcome.put("code", code);
        outcome.put("string", string);
        outcome.put("detail", detail);
        return outcome;
    }

    Call bookings(Case todo) throws Exception {
        GetBookingsType request = new GetBookingsType();
        request.setSubjectId(subject(todo));
        request.setMaxHits(todo.maxHits);
        request.setNote(todo.note);
        String path = "/example/booking/GetBookings/1/" + todo.profile;
        if (todo.is21()) {
            var port = service(path, riv.example.booking.getbookings._1.rivtabp21.GetBookingsResponderService::new).getGetBookingsResponderPort();
            prepare(port, todo, path);
            return () -> outcome(port.getBookings(todo.receiver, request));
        }
        var port = service(path, riv.example.booking.getbookings._1.rivtabp20.GetBookingsResponderService::new).getGetBookingsResponderPort();
        prepare(port, todo, path);
        return () -> outcome(port.getBookings(to(todo), request));
    }

    Call document(Case todo) throws Exception {
        StoreDocumentType request = new StoreDocumentType();
        request.setDocumentId(subject(todo));
        request.setName(todo.note);
        request.setAnswerAs(PackagingEnum.fromValue(todo.answerAs));
        request.setContent(new DataHandler(new FileDataSource(scenario.document)));
        String path = "/example/archive/StoreDocument/1/" + todo.profile;
        if (todo.is21()) {
            var port = service(path, riv.example.archive.storedocument._1.rivtabp21.StoreDocumentResponderService::new).getStoreDocumentResponderPort();
            prepare(port, todo, path);
            return () -> outcome(port.storeDocument(todo.receiver, request));
        }
        var port = service(path, riv.example.archive.storedocument._1.rivtabp20.StoreDocumentResponderService::new).getStoreDocumentResponderPort();
        prepare(port, todo, path);
        return () -> outcome(port.storeDocument(to(todo), request));
    }

    /** A service reads its WSDL when it is made, from the gateway. */
    @SuppressWarnings("unchecked")
    <S> S service(String path, java.util.function.Function<URL, S> constructor) throws Exception {
        if (!services.containsKey(path)) {
            services.put(path, constructor.apply(URI.create(scenario.base + path + "?wsdl").toURL()));
        }
        return (S) services.get(path);
    }

    static IIType subject(Case todo) {
        IIType id = new IIType();
        id.setRoot("1.2.752.999");
        id.setExtension(todo.name);
        return id;
    }

    static AttributedURIType to(Case todo) {
        AttributedURIType to = new AttributedURIType();
        to.setValue(todo.receiver);
        return to;
    }

    void prepare(Object port, Case todo, String path) throws Exception {
        HTTPConduit conduit = (HTTPConduit) ClientProxy.getClient(port).getConduit();
        conduit.setTlsClientParameters(tls(todo.identity));
        BindingProvider provider = (BindingProvider) port;
        ((SOAPBinding) provider.getBinding()).setMTOMEnabled("ATTACHED".equals(todo.sendAs));
        if (todo.kept) {
            provider.getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, scenario.kept + path);
        }
    }

    TLSClientParameters tls(String identity) throws Exception {
        TLSClientParameters tls = new TLSClientParameters();
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store("ca"));
        tls.setTrustManagers(trust.getTrustManagers());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(identity.isEmpty() ? null : store(identity), scenario.password.toCharArray());
        tls.setKeyManagers(keys.getKeyManagers());
        return tls;
    }

    KeyStore store(String name) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream file = Files.newInputStream(Path.of(scenario.folder, name + ".p12"))) {
            store.load(file, scenario.password.toCharArray());
        }
        return store;
    }

    static Map<String, Object> outcome(GetBookingsResponseType answer) {
        BookingType last = answer.getBooking().get(answer.getBooking().size() - 1);
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("count", answer.getBooking().size());
        outcome.put("id", last.getBookingId().getExtension());
        outcome.put("start", Instant.ofEpochMilli(last.getStart().toGregorianCalendar().getTimeInMillis()).toString());
        outcome.put("status", last.getStatus().value());
        outcome.put("careUnit", last.getCareUnit());
        outcome.put("note", last.getNote());
        return outcome;
    }

    static Map<String, Object> outcome(StoreDocumentResponseType answer) throws Exception {
        Map<String, Object> outcome = new LinkedHashMap<>();
        outcome.put("note", answer.getName());
        outcome.put("receivedAs", answer.getReceivedAs().value());
        outcome.put("receivedHash", answer.getReceivedHash());
        try (InputStream receipt = answer.getReceipt().getInputStream()) {
            outcome.put("receiptHash", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(receipt.readAllBytes())));
        }
        return outcome;
    }
}
