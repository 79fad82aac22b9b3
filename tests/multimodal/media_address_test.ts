import { assertEquals } from "@std/assert";
import { isListedHost, isPublicAddress } from "../../src/multimodal/media_address.ts";

Deno.test("isPublicAddress() knows both ends of every refused block", () => {
  const blocks = [
    ...["0.0.0.0 0.255.255.255", "10.0.0.0 10.255.255.255", "100.64.0.0 100.127.255.255", "127.0.0.0 127.255.255.255"],
    ...["168.63.129.16 168.63.129.16", "169.254.0.0 169.254.255.255", "172.16.0.0 172.31.255.255"],
    ...["192.0.0.0 192.0.0.255", "192.0.2.0 192.0.2.255", "192.88.99.0 192.88.99.255", "192.168.0.0 192.168.255.255"],
    ...["198.18.0.0 198.19.255.255", "198.51.100.0 198.51.100.255", "203.0.113.0 203.0.113.255"],
    ...["224.0.0.0 239.255.255.255", "240.0.0.0 255.255.255.255"],
  ];
  for (const address of blocks.flatMap((block) => block.split(" "))) {
    assertEquals(isPublicAddress(address), false, address);
  }
});

Deno.test("isPublicAddress() lets the neighbours of the refused blocks through", () => {
  const neighbours = [
    ...["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
    ...["168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"],
    ...["192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"],
    ...["2000::", "2001:200::", "2001:4860:4860::8888", "2003::1", "2620:fe::fe", "3ffe:ffff::1", "3fff:1000::"],
  ];
  for (const address of neighbours) assertEquals(isPublicAddress(address), true, address);
});

Deno.test("isPublicAddress() refuses IPv6 that is local, tunnelled, translated or for documents", () => {
  const refused = [
    ...["::", "::1", "::127.0.0.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1"],
    ...["2001::1", "2001:1ff::", "2001:db8::1", "2002:808:808::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1"],
    ...["fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "2620:fe::fe%1", "fec0::1", "ff02::1"],
  ];
  for (const address of refused) assertEquals(isPublicAddress(address), false, address);
});

Deno.test("isPublicAddress() refuses whatever is not an address", () => {
  for (
    const text of ["", "a", "1.2.3", "1.2.3.256", "1.2.3.4.5", "0x1.2.3.4", "1:2", "2000:::", "[2000::]", "9.9.9.9 "]
  ) {
    assertEquals(isPublicAddress(text), false, text);
  }
});

Deno.test("isListedHost() compares the host, and the port where the entry has one", () => {
  const listed = (url: string, ...entries: string[]) => isListedHost(new URL(url), entries);
  assertEquals(listed("http://a.example:8080/", "a.example"), true);
  assertEquals(listed("http://A.example/", "a.EXAMPLE:80"), true);
  assertEquals(listed("https://a.example/", "a.example:443"), true);
  assertEquals(listed("https://a.example/", "a.example:80"), false);
  assertEquals(listed("http://[::1]:8080/", "[::1]:8080"), true);
  assertEquals(listed("http://b.a.example/", "a.example"), false);
  assertEquals(listed("http://a.example.evil/", "a.example"), false);
  assertEquals(listed("http://2130706433/", "127.0.0.1"), true);
});
