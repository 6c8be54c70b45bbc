use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of network an address belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressClass {
    /// Globally reachable unicast: the only kind that is contacted.
    Public,
    /// In one of the special-purpose blocks; the text names the block.
    Special(&'static str),
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AddressClass::Public => "public",
            AddressClass::Special(block) => block,
        })
    }
}

/// IANA IPv4 Special-Purpose Address Registry, multicast, and one cloud's metadata host that
/// lives on a public address. Blocks that the registry marks as globally reachable (AS112, AMT)
/// are left out, except inside 192.0.0.0/24, where nothing serves HTTP.
const SPECIAL_V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "carrier-grade NAT"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([168, 63, 129, 16], 32, "cloud metadata"),
    ([169, 254, 0, 0], 16, "link-local"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 88, 99, 0], 24, "6to4 relay"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "benchmarking"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// IANA IPv6 Special-Purpose Address Registry, within and outside of 2000::/3. Tunnels that
/// carry an IPv4 address (6to4, Teredo) are refused as a whole: they are dead, and their inner
/// address may be anything.
const SPECIAL_V6: &[([u16; 8], u32, &str)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified"),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback"),
    ([0, 0, 0, 0, 0, 0, 0, 0], 96, "IPv4-compatible"),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local NAT64"),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "Teredo"),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol assignments"),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation"),
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4"),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation"),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16, "segment routing"),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique local"),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local"),
    ([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local"),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast"),
];

/// Says whether `address` is on the public Internet. IPv4 addresses that travel inside IPv6
/// (mapped, NAT64, ISATAP) are judged by what they carry.
///
/// ```
/// use buio_outbound::{AddressClass, classify_address};
/// assert_eq!(classify_address("1.1.1.1".parse()?), AddressClass::Public);
/// assert_ne!(classify_address("::ffff:127.0.0.1".parse()?), AddressClass::Public);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn classify_address(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(address) => classify_v4(address),
        IpAddr::V6(address) => classify_v6(address),
    }
}

fn classify_v4(address: Ipv4Addr) -> AddressClass {
    let bits = address.to_bits();
    SPECIAL_V4
        .iter()
        .find(|(network, length, _)| {
            let network = Ipv4Addr::from_octets(*network).to_bits();
            (bits ^ network).checked_shr(32 - length).unwrap_or(0) == 0
        })
        .map_or(AddressClass::Public, |row| AddressClass::Special(row.2))
}

fn classify_v6(address: Ipv6Addr) -> AddressClass {
    let bits = address.to_bits();
    if let Some(carried) = carried_v4(address) {
        return classify_v4(carried);
    }
    let special = SPECIAL_V6.iter().find(|(network, length, _)| {
        let network = Ipv6Addr::from(*network).to_bits();
        (bits ^ network).checked_shr(128 - length).unwrap_or(0) == 0
    });
    match special {
        Some(row) => AddressClass::Special(row.2),
        // Only 2000::/3 has been handed out as global unicast: what is outside is refused even
        // when no row names it.
        None if bits >> 125 == 0b001 => AddressClass::Public,
        None => AddressClass::Special("not global unicast"),
    }
}

/// The IPv4 address that a packet to `address` would end at.
fn carried_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are meant")]
    let low = Ipv4Addr::from_bits(address.to_bits() as u32);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, _, _] => Some(low),
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => Some(low),
        // ISATAP under an otherwise public prefix; a public inner address changes nothing.
        [_, _, _, _, 0 | 0x200, 0x5efe, _, _] if classify_v4(low) != AddressClass::Public => {
            Some(low)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &str, expected_public: bool) {
        for text in addresses.split_whitespace() {
            let class = classify_address(text.parse().unwrap());
            assert_eq!(
                class == AddressClass::Public,
                expected_public,
                "{text}: {class}"
            );
        }
    }

    #[test]
    fn the_public_internet_is_public() {
        check(
            "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 \
             126.255.255.255 128.0.0.1 168.63.129.15 169.253.255.255 169.255.0.0 \
             172.15.255.255 172.32.0.0 191.255.255.255 192.0.1.0 192.0.3.0 192.88.98.255 \
             192.88.100.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 \
             198.51.99.255 198.51.101.0 203.0.112.255 203.0.114.0 223.255.255.255 \
             2606:4700:4700::1111 2a00:1450:4001::1 2001:200::1 2001:4860:4860::8888 \
             2620:4f:8000::1 ::ffff:8.8.8.8 64:ff9b::808:808 2003::1 3ffe:ffff::1",
            true,
        );
    }

    #[test]
    fn every_special_block_is_refused_at_both_ends() {
        check(
            "0.0.0.0 0.255.255.255 10.0.0.0 10.255.255.255 100.64.0.0 100.127.255.255 \
             100.100.100.200 127.0.0.0 127.255.255.255 168.63.129.16 169.254.0.0 \
             169.254.169.254 169.254.255.255 172.16.0.0 172.31.255.255 192.0.0.0 \
             192.0.0.192 192.0.0.255 192.0.2.0 192.0.2.255 192.88.99.1 192.168.0.0 \
             192.168.255.255 198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 \
             224.0.0.1 239.255.255.255 240.0.0.0 255.255.255.255",
            false,
        );
        check(
            ":: ::1 ::7f00:1 ::808:808 ::ffff:127.0.0.1 ::ffff:10.0.0.1 \
             ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 \
             64:ff9b::a9fe:a9fe 64:ff9b:1::808:808 100::1 100:0:0:1::1 2001::1 \
             2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:1ff:ffff::1 \
             2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 3fff:fff:ffff::1 4000::1 \
             5f00::1 fc00::1 fd00:ec2::254 fdff:ffff::1 fe80::1 febf::1 fec0::1 feff::1 \
             ff02::1 ffff::1 2a00:1450::5efe:a00:1 2a00:1450::200:5efe:7f00:1 200::1 \
             1fff::1",
            false,
        );
    }

    #[test]
    fn every_row_covers_its_own_network_address() {
        for (network, length, block) in SPECIAL_V4 {
            assert!((8..=32).contains(length) || *length == 4, "{block}");
            assert_ne!(
                classify_v4(Ipv4Addr::from_octets(*network)),
                AddressClass::Public
            );
        }
        for (network, length, block) in SPECIAL_V6 {
            assert!((7..=128).contains(length), "{block}");
            assert_ne!(classify_v6(Ipv6Addr::from(*network)), AddressClass::Public);
        }
    }

    proptest::proptest! {
        #[test]
        fn mapping_into_ipv6_changes_no_verdict(bits: u32) {
            let plain = Ipv4Addr::from_bits(bits);
            let nat64 = Ipv6Addr::from_bits((0x64_ff9b_u128 << 96) | u128::from(bits));
            proptest::prop_assert_eq!(classify_v4(plain), classify_v6(plain.to_ipv6_mapped()));
            proptest::prop_assert_eq!(classify_v4(plain), classify_v6(nat64));
        }

        #[test]
        fn what_the_standard_library_calls_local_is_never_public(bits: u128, v4: u32) {
            let v6 = Ipv6Addr::from_bits(bits);
            if v6.is_loopback() || v6.is_multicast() || v6.is_unique_local() || v6.is_unicast_link_local() {
                proptest::prop_assert_ne!(classify_v6(v6), AddressClass::Public);
            }
            let v4 = Ipv4Addr::from_bits(v4);
            if v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() {
                proptest::prop_assert_ne!(classify_v4(v4), AddressClass::Public);
            }
        }
    }
}
