//! Rules for changes of key sets, and for what a key set can show to be wrong with it.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! key_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "Key sets",
        JwksDisjoint "jwks-disjoint" = of_keys("share no signing key with the set before", Some(Breaking),
            "None of the previous signing keys is left: tokens in flight may fail, and so may clients that cache the set.",
            Some("Check one login: clients that do not fetch the set again on an unknown kid need a restart. If logins failed, ask for new keys to be published earlier."),
            Some("OpenID Connect Core 1.0 section 10.1.1"))
            .said_of_set("all signing keys replaced", "replaced all its signing keys between two polls")
            .with_a_meaning(),
        KeyAdded "key-added" = of_keys("are added", Some(Info),
            "A key was published: tokens may be signed with it at any time.", None,
            Some("OpenID Connect Core 1.0 section 10.1.1"))
            .listed("key{} added"),
        KeyAlgUnfit "key-alg-unfit" = of_keys("have an alg that does not fit the key", Some(Notice),
            "The algorithm named cannot be used with a key of this type, or is none for a public key.", None,
            Some("RFC 7517 section 4.4, RFC 7518 section 3.1"))
            .cured("no longer have an alg that does not fit the key"),
        KeyAlgUnprotected "key-alg-unprotected" = of_keys("have alg none, or that of a shared secret", Some(Security),
            "A client that believes it takes tokens that anyone can make.",
            Some("Make sure that your clients choose the algorithm themselves."), Some("RFC 8725 section 3.1, RFC 8725 section 3.2"))
            .cured("no longer have alg none, or that of a shared secret")
            .of_one("has alg none, or that of a shared secret"),
        KeyCertificateDiffers "key-certificate-differs" = of_keys("have a certificate of another key", Some(Notice),
            "The first certificate of x5c, or its thumbprint, belongs to another key: clients that read it fail.", None,
            Some("RFC 7517 section 4.7, RFC 7517 section 4.9"))
            .cured("no longer have a certificate of another key"),
        KeyCertificateMalformed "key-certificate-malformed" = of_keys("have an x5c that is no chain of certificates", Some(Notice),
            "It must be an array of DER certificates in plain base64: clients that read it fail.", None, Some("RFC 7517 section 4.7"))
            .cured("no longer have an x5c that is no chain of certificates"),
        KeyDescribedDifferently "key-described-differently" = of_keys("are described differently", None,
            "The key is the same: its kid, use, algorithm or certificate is another one.", None, None)
            .said_of_set("keys described differently", "describes keys differently that stayed the same"),
        KeyEncoding "key-encoding" = of_keys("are encoded against the rules", Some(Info),
            "Padding, a leading zero octet or a short coordinate: strict clients refuse the key, thumbprints differ.", None,
            Some("RFC 7518 section 2, RFC 7518 section 6"))
            .cured("are no longer encoded against the rules"),
        KeyExponent "key-exponent" = of_keys("have a small RSA exponent", Some(Notice),
            "An exponent below 65537 is refused by some clients.", None, Some("RFC 8017 section 3.1"))
            .cured("no longer have a small RSA exponent"),
        KeyExponentBroken "key-exponent-broken" = of_keys("have an RSA exponent that protects nothing", Some(Security),
            "With an even exponent or 1 a signature can be made by anyone, or by no one.",
            Some("Make sure that your clients accept no tokens signed with such a key."), Some("RFC 8017 section 3.1"))
            .cured("no longer have an RSA exponent that protects nothing")
            .of_one("has an RSA exponent that protects nothing"),
        KeyIdMissing "key-id-missing" = of_keys("have no kid", Some(Notice),
            "Among several keys a client cannot find the one without a kid.", None,
            Some("OpenID Connect Core 1.0 section 10.1")),
        KeyIdRepeated "key-id-repeated" = of_keys("share a kid", Some(Notice),
            "A client that finds keys by kid takes the first and fails on tokens signed with the other.", None,
            Some("RFC 7517 section 4.5"))
            .cured("no longer share a kid"),
        KeyIncomplete "key-incomplete" = of_keys("lack members that their type needs", Some(Notice),
            "A client must skip such a key.", None, Some("RFC 7517 section 4.1, RFC 7518 section 6"))
            .cured("no longer lack members that their type needs"),
        KeyIssuerChanged "key-issuer-changed" = of_keys("are for another issuer", Some(Notice),
            "The key says which issuer it is for, and clients are told to compare that with the issuer of the token.",
            Some("Find out whether your clients compare it, and whether tokens have the new issuer."), None)
            .always_told()
            .said_of_set("keys are for another issuer", "publishes keys that are for another issuer than before"),
        KeyOperationsContradict "key-operations-contradict" = of_keys("have key_ops that contradict use", Some(Notice),
            "The two must say the same: clients believe one or the other.", None,
            Some("RFC 7517 section 4.2, RFC 7517 section 4.3"))
            .cured("no longer have key_ops that contradict use"),
        KeyOperationsRepeated "key-operations-repeated" = of_keys("list a key operation twice", Some(Info),
            "Each value of key_ops must stand once: strict clients refuse the key.", None, Some("RFC 7517 section 4.3"))
            .cured("no longer list a key operation twice"),
        KeyOversized "key-oversized" = of_keys("are very long", Some(Info),
            "RSA keys above 8192 bits make every verification slow, and some clients refuse them.", None, None)
            .cured("are no longer very long").of_one("is very long"),
        KeyRemoved "key-removed" = of_keys("are removed", Some(Info),
            "Tokens signed with a key that is gone are rejected.", None,
            Some("OpenID Connect Core 1.0 section 10.1.1"))
            .listed("key{} removed"),
        KeyReplaced "key-replaced" = of_keys("have another key under the same kid", Some(Security),
            "Caches that know keys by kid hold the wrong one, and a swapped key is what an attacker would publish.",
            Some("Ask the provider whether they replaced the key; compare its thumbprint."),
            Some("RFC 7517 section 4.5"))
            .said_of_set("key replaced under the same kid", "replaced a key under the same kid")
            .listed("key replaced under the same kid").with_a_meaning(),
        KeyReturned "key-returned" = of_keys("are back", Some(Notice),
            "A key that had been withdrawn is published again: tokens that were no longer valid may be valid again.", None,
            Some("OpenID Connect Core 1.0 section 10.1.1"))
            .said_of_set("key returned", "publishes a key again that was gone").listed("key{} returned"),
        KeySecretPublished "key-secret-published" = of_keys("are private or symmetric", Some(Security),
            "Whoever read the set can sign tokens as the provider.",
            Some("Tell the provider at once, and distrust what was signed with the key."),
            Some("RFC 7517 section 9.2, OpenID Connect Discovery 1.0 section 3"))
            .cured("are no longer private or symmetric").of_one("is private or symmetric")
            .said("private key published", "publishes a private key").with_a_meaning(),
        KeySetEmpty "key-set-empty" = of_keys("are none", Some(Breaking),
            "No signature can be verified.", None, Some("RFC 7517 section 5.1"))
            .cured("are no longer none"),
        KeySetMalformed "key-set-malformed" = of_keys("are no array of objects", Some(Breaking),
            "A client finds no key in it.", None, Some("RFC 7517 section 5")),
        KeyTypeNew "key-type-new" = of_keys("have a first key of a type the set never had", Some(Notice),
            "Clients whose library does not know this type should skip the key, but some refuse the whole set.",
            Some("Try whether your clients can still read the key set."), Some("RFC 7517 section 5"))
            .always_told().listed("first key of its type"),
        KeyUseAndOperations "key-use-and-operations" = of_keys("have both use and key_ops", Some(Info),
            "The two should not stand together: clients look at one of them.", None, Some("RFC 7517 section 4.3"))
            .cured("no longer have both use and key_ops"),
        KeyUseMissing "key-use-missing" = of_keys("lack use where it is needed", Some(Notice),
            "Where a set has signing and encryption keys, each needs its use.", None,
            Some("RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3"))
            .cured("no longer lack use where it is needed"),
        KeyUsedTwice "key-used-twice" = of_keys("serve for signing and encryption", Some(Info),
            "One key for both is not recommended.", None, Some("OpenID Connect Discovery 1.0 section 3"))
            .cured("no longer serve for signing and encryption"),
        KeyWeak "key-weak" = of_keys("are too short", Some(Security),
            "RSA keys below 2048 bits and curves below 224 are weaker than the minimum: clients that insist on it refuse them.",
            Some("Make sure that your clients accept no tokens signed with such a key."),
            Some("RFC 7518 section 3.3, FAPI 2.0 Security Profile section 5.4.1"))
            .cured("are no longer too short").of_one("is too short"),
    } } };
}
