/**
 * Which addresses on the network a media URL may lead to.
 *
 * @module
 */

/**
 * IPv4 blocks that are not the public internet (IANA's special-purpose registry), as first address and prefix length,
 * and the one public-looking address that cloud hosts answer their own machines on.
 */
const REFUSED_IPV4_BLOCKS: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT; also a cloud's metadata
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // a cloud's platform services
  ["169.254.0.0", 16], // link-local; metadata of most clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved and broadcast
];

/**
 * Whether an address belongs to the public internet.
 *
 * Of IPv6 only global unicast (2000::/3) counts, without the blocks for protocols, documentation and tunnels: mapped
 * and translated IPv4 (`::ffff:0:0/96`, `64:ff9b::/96`, 6to4, Teredo) would lead to private hosts by another name.
 *
 * @example
 * ```ts
 * import { isPublicAddress } from "./media_address.ts";
 * import { assert } from "@std/assert";
 *
 * assert(isPublicAddress("9.9.9.9"));
 * assert(!isPublicAddress("169.254.169.254"));
 * assert(!isPublicAddress("::ffff:10.0.0.1"));
 * ```
 *
 * @param address IPv4 in dotted decimal, or IPv6 without brackets; whatever else it is, the answer is no.
 */
export function isPublicAddress(address: string): boolean {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) {
    return !REFUSED_IPV4_BLOCKS.some(([first, bits]) => (ipv4 ^ parseIpv4(first)!) >>> (32 - bits) === 0);
  }
  if (!address.includes(":") || address.includes("%") || !URL.canParse(`http://[${address}]`)) return false;
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [first, second] = canonical.split(":").map((group) => parseInt(group || "0", 16));
  if (first < 0x2000 || first > 0x3fff) return false;
  if (first === 0x2001) return second > 0x01ff && second !== 0x0db8; // Teredo, protocol assignments; documentation
  if (first === 0x2002) return false; // 6to4
  return !(first === 0x3fff && second <= 0x0fff); // documentation
}

/**
 * Whether a host is on a list of `host` (any port) and `host:port`.
 *
 * @param url Of scheme `http:` or `https:`.
 */
export function isListedHost(url: URL, allowedHosts: readonly string[]): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return allowedHosts.some((entry) => [url.hostname, `${url.hostname}:${port}`].includes(entry.toLowerCase()));
}

/** The 32 bits of an address in dotted decimal. */
function parseIpv4(address: string): number | undefined {
  const parts = address.match(/^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((bits, part) => bits << 8 | part, 0);
}
