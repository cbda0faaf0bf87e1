package lab

import "strings"

// takWSDL describes SokVagvalsInfo v2 at an address, as far as a client needs
// it to find the port: the two operations, one binding, and the service VP
// looks for by name.
func takWSDL(address string) string {
	const wsdl = `<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="SokVagvalsServiceSoap11LitDocService" targetNamespace="urn:skl:tp:vagvalsinfo:v2"
    xmlns:tns="urn:skl:tp:vagvalsinfo:v2" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xs:schema targetNamespace="urn:skl:tp:vagvalsinfo:v2" elementFormDefault="qualified">
      <xs:element name="hamtaAllaVirtualiseringar" nillable="true"/>
      <xs:element name="hamtaAllaVirtualiseringarResponse" type="tns:virtualiseringar"/>
      <xs:element name="hamtaAllaAnropsBehorigheter" nillable="true"/>
      <xs:element name="hamtaAllaAnropsBehorigheterResponse" type="tns:anropsBehorigheter"/>
      <xs:complexType name="virtualiseringar"><xs:sequence>
        <xs:element name="virtualiseringsInfo" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
          <xs:element name="virtualiseringsInfoId" type="xs:string"/>
          <xs:element name="receiverId" type="xs:string"/>
          <xs:element name="rivProfil" type="xs:NCName"/>
          <xs:element name="tjansteKontrakt" type="xs:NCName"/>
          <xs:element name="fromTidpunkt" type="xs:dateTime"/>
          <xs:element name="tomTidpunkt" type="xs:dateTime"/>
          <xs:element name="adress" type="xs:string"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence></xs:complexType>
      <xs:complexType name="anropsBehorigheter"><xs:sequence>
        <xs:element name="anropsBehorighetsInfo" maxOccurs="unbounded"><xs:complexType><xs:sequence>
          <xs:element name="anropsBehorighetsInfoId" type="xs:string"/>
          <xs:element name="receiverId" type="xs:string"/>
          <xs:element name="senderId" type="xs:string"/>
          <xs:element name="tjansteKontrakt" type="xs:NCName"/>
          <xs:element name="fromTidpunkt" type="xs:dateTime"/>
          <xs:element name="tomTidpunkt" type="xs:dateTime"/>
        </xs:sequence></xs:complexType></xs:element>
      </xs:sequence></xs:complexType>
    </xs:schema>
  </wsdl:types>
  <wsdl:message name="hamtaAllaVirtualiseringar"><wsdl:part name="parameters" element="tns:hamtaAllaVirtualiseringar"/></wsdl:message>
  <wsdl:message name="hamtaAllaVirtualiseringarResponse"><wsdl:part name="parameters" element="tns:hamtaAllaVirtualiseringarResponse"/></wsdl:message>
  <wsdl:message name="hamtaAllaAnropsBehorigheter"><wsdl:part name="parameters" element="tns:hamtaAllaAnropsBehorigheter"/></wsdl:message>
  <wsdl:message name="hamtaAllaAnropsBehorigheterResponse"><wsdl:part name="parameters" element="tns:hamtaAllaAnropsBehorigheterResponse"/></wsdl:message>
  <wsdl:portType name="SokVagvalsInfoInterface">
    <wsdl:operation name="hamtaAllaVirtualiseringar">
      <wsdl:input message="tns:hamtaAllaVirtualiseringar"/><wsdl:output message="tns:hamtaAllaVirtualiseringarResponse"/>
    </wsdl:operation>
    <wsdl:operation name="hamtaAllaAnropsBehorigheter">
      <wsdl:input message="tns:hamtaAllaAnropsBehorigheter"/><wsdl:output message="tns:hamtaAllaAnropsBehorigheterResponse"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="SokVagvalsServiceSoap11LitDocServiceSoapBinding" type="tns:SokVagvalsInfoInterface">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="hamtaAllaVirtualiseringar">
      <soap:operation soapAction=""/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
    <wsdl:operation name="hamtaAllaAnropsBehorigheter">
      <soap:operation soapAction=""/>
      <wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="SokVagvalsServiceSoap11LitDocService">
    <wsdl:port name="SokVagvalsSoap11LitDocPort" binding="tns:SokVagvalsServiceSoap11LitDocServiceSoapBinding">
      <soap:address location="{address}"/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
`
	return strings.Replace(wsdl, "{address}", escape.Replace(address), 1)
}
