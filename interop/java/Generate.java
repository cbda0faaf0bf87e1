import org.apache.cxf.tools.common.ToolContext;
import org.apache.cxf.tools.wsdlto.WSDLToJava;

/** Runs wsdl2java for each WSDL named, after the folder to write to. What fails ends it. */
public class Generate {
    public static void main(String[] args) throws Exception {
        for (int i = 1; i < args.length; i++) {
            new WSDLToJava(new String[] {
                // Without these wsdl2java has no class for a To of WS-Addressing, or takes CXF's own package for it.
                "-noAddressBinding", "-p", "http://www.w3.org/2005/08/addressing=interop.addressing",
                "-encoding", "UTF-8", "-d", args[0], args[i],
            }).run(new ToolContext());
        }
    }
}
