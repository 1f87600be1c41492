//! Rules for changes of metadata documents and of their retrieval.

/// The rows, sorted by id.
#[rustfmt::skip]
macro_rules! change_rules {
    ([$($then:ident)*] $($rows:tt)*) => { hand_on! { [$($then)*] $($rows)* { "Changes of a document",
        AlgNoneAdded "alg-none-added" = rule("offers alg none", Some(Security),
            "A signature with alg none is no signature: anyone can write such a token.",
            Some("Make sure that your clients refuse alg none."), Some("RFC 8725 section 3.2"))
            .said_of_set("alg none added to {}", "now offers alg none in {}").with_a_meaning(),
        AlgRemoved "alg-removed" = rule("has algorithms removed", Some(Breaking),
            "Clients that are set to one of these algorithms may fail.",
            Some("Check which algorithm your clients are registered with."), None),
        AuthMethodNoneAdded "auth-method-none-added" = rule("offers client authentication none", Some(Notice),
            "Public clients may use the endpoint without authentication, perhaps since earlier.",
            Some("Nothing for confidential clients; if yours choose the method from the list, pin the one you use."),
            Some("OpenID Connect Core 1.0 section 9"))
            .with_a_meaning(),
        AuthMethodRemoved "auth-method-removed" = rule("has client authentication methods removed", None,
            "A client that authenticates in this way may be refused.",
            Some("Find the clients that authenticate with what is gone, and move them to a method that is left."), Some("RFC 8414 section 2")),
        AuthorizationServerAdded "authorization-server-added" = rule("names more authorization servers", None,
            "Clients may get their tokens from another server than before; credentials registered at one must not be used at another.",
            Some("See whether your clients take the first server of the list, and which one that is now: its order is not compared here."),
            Some("RFC 9728 section 2, RFC 9728 section 7.6")),
        AuthorizationServerRemoved "authorization-server-removed" = rule("names fewer authorization servers", None,
            "Tokens of the server that is gone may be refused, and credentials registered there must not be used at another.",
            Some("Register your clients at a server that is left before the tokens they hold end."),
            Some("RFC 9728 section 2, RFC 9728 section 7.6"))
            .with_a_meaning(),
        AuthorizationServersReplaced "authorization-servers-replaced" = rule("names other authorization servers", None,
            "No server is left that issued tokens before: clients must be registered anew, and credentials of the old server must not be used at the new one.",
            Some("Ask the owner of the resource whether the move is meant. If it is, register your clients at the new server, and use no credential of the old one there."),
            Some("RFC 9728 section 2, RFC 9728 section 7.6"))
            .said("{} replaced", "names other {} than before").with_a_meaning(),
        CertificateExpiring "certificate-expiring" = rule("has a certificate about to expire", None,
            "Once it has ended, no client connects any more.",
            Some("Tell the provider, who may have forgotten to renew it."), Some("RFC 5280 section 4.1.2.5"))
            .said("certificate ends soon", "has a certificate that ends soon").always_told(),
        DocumentSunset "document-sunset" = rule("is announced to end", Some(Notice),
            "Who reads it after that day gets another answer, or none.",
            Some("Ask the provider what takes its place, and by when your clients must have moved."),
            Some("RFC 8594 section 3, RFC 9745 section 2"))
            .said("end of the document announced", "announces the end of the document").always_told(),
        EndpointAdded "endpoint-added" = rule("added", Some(Info),
            "A new address is offered.", None, None),
        EndpointHostChanged "endpoint-host-changed" = rule("moved to another host", None,
            "Firewalls and allow lists that name the old host may block the new one.",
            Some("Ask the provider whether the move is meant: clients that read the document at run time may follow already."), None)
            .said_of_one("{} moved to another host", "moved its {} to another host").with_a_meaning(),
        EndpointNotHttps "endpoint-not-https" = rule("is no https URL", Some(Security),
            "What is sent there is not protected, or is no address at all.",
            Some("Keep clients from using it until the provider has answered."), Some("RFC 8414 section 2"))
            .said("{} is not an https URL", "publishes a value of {} that is not an https URL"),
        EndpointPathChanged "endpoint-path-changed" = rule("moved", Some(Breaking),
            "Clients that keep the old address may fail.",
            Some("Let your clients read the document again, or change the address they hold."), None)
            .said_of_one("{} moved to another path", "moved its {} to another path"),
        EndpointRemoved "endpoint-removed" = rule("removed", Some(Breaking),
            "Clients no longer find it in the document, and it may not answer any more.",
            Some("Find out which of your clients call it."), None)
            .with_a_meaning(),
        GrantRemoved "grant-removed" = rule("has grant types removed", Some(Breaking),
            "A token request with this grant type may be refused.",
            Some("Find out whether a client of yours uses what is gone; if none does, nothing."), Some("RFC 8414 section 2")),
        GrantWeakened "grant-weakened" = rule("offers weak flows", Some(Notice),
            "Tokens may come through the browser, or the client may see the password of the user.",
            Some("Nothing: only a client that asks for one of these flows is concerned; keep yours from doing so."),
            Some("RFC 9700 section 2.1.2, RFC 9700 section 2.4"))
            .with_a_meaning(),
        IssuerAnnouncedDifferently "issuer-announced-differently" = rule("is written otherwise by the resource that names it", Some(Breaking),
            "Clients compare both character by character, and one slash is enough for them to refuse the server.",
            Some("Tell the owner of the resource how the server writes its issuer."),
            Some("RFC 9728 section 7.6, RFC 8414 section 3.3"))
            .said("{} is not as the resource writes it", "publishes an {} that is not as the resource writes it")
            .cured("is written by the resource as by the server again"),
        IssuerChanged "issuer-changed" = rule("changed", Some(Security),
            "Clients compare it character by character with `iss`: those that read this document at run time now reject tokens that carry the old one.",
            Some("Look at `iss` in a fresh token before you change any client; the document and the tokens may disagree."),
            Some("RFC 8414 section 3.3, OpenID Connect Core 1.0 section 3.1.3.7"))
            .said("{} changed", "changed its {}"),
        IssuerMismatch "issuer-mismatch" = rule("is not the configured one", Some(Security),
            "A document whose issuer is not the one it was asked for must not be used.",
            Some("Do not let clients use this document until the provider has explained it."),
            Some("RFC 8414 section 3.3, OpenID Connect Discovery 1.0 section 4.3"))
            .said("{} is not the configured one", "publishes an {} that is not the configured one")
            .cured("is the configured one again"),
        IssuingCaChanged "issuing-ca-changed" = rule("has a certificate from another CA", Some(Notice),
            "Clients and clouds that pin the old issuing certificate may reject the connection.",
            Some("Look for pinned thumbprints before you need the new ones."), None)
            .said("certificate from another CA", "has a certificate from another CA").always_told(),
        MemberAdded "member-added" = by_member("added")
            .plain(),
        MemberChanged "member-changed" = by_member("changed")
            .plain(),
        MemberRemoved "member-removed" = by_member("removed")
            .plain(),
        PkcePlainAdded "pkce-plain-added" = rule("offers PKCE plain", Some(Notice),
            "The method plain exposes the verifier in the authorization request.",
            Some("Nothing if your clients send an S256 challenge in any case; if yours choose the method from the list, pin S256."),
            Some("RFC 9700 section 2.1.1"))
            .said_of_set("PKCE method plain added", "now offers PKCE with plain").with_a_meaning(),
        PkceS256Removed "pkce-s256-removed" = rule("has PKCE S256 removed", Some(Security),
            "Clients that insist on S256 may stop, and others may go on without the protection of the code.",
            Some("Keep PKCE on in your clients, and try one code exchange with a wrong verifier: if it succeeds, the protection is gone."),
            Some("RFC 9700 section 2.1.1"))
            .said_of_set("PKCE method S256 removed", "no longer offers PKCE with S256"),
        RedirectChanged "redirect-changed" = rule("is answered from another URL", None,
            "Clients that do not follow redirects, or follow them to the wrong place, get another document.",
            Some("Ask the provider whether that place is theirs."), Some("RFC 8414 section 3.2")),
        ResourceMismatch "resource-mismatch" = rule("is not the configured resource", Some(Security),
            "A document that names another resource than the one it was asked for must not be used.",
            Some("Do not let clients use this document until the owner of the resource has explained it."),
            Some("RFC 9728 section 3.3"))
            .said("{} is not the configured one", "publishes a {} that is not the configured one")
            .cured("is the configured resource again"),
        RequirementDropped "requirement-dropped" = rule("is no longer required", Some(Notice),
            "A protection is no longer enforced for all clients.", None, None)
            .said("{} dropped: no longer demanded", "dropped a requirement: {}").with_a_meaning(),
        RequirementRaised "requirement-raised" = rule("is required now", Some(Breaking),
            "Clients that do not meet the requirement may be refused.",
            Some("Check whether your clients meet it."), None)
            .said("{} raised: now demanded", "raised a requirement: {}"),
        ScopeAdded "scope-added" = rule("has scopes added", Some(Info), "A new permission is offered.", None, Some("RFC 8414 section 2")),
        ScopeRemoved "scope-removed" = rule("has scopes removed", None,
            "A request for a scope that the server does not know may fail or be silently narrowed.",
            Some("Find out which of your clients ask for what is gone: `invalid_scope`, or a token without it, may follow."),
            Some("RFC 8414 section 2, RFC 6749 section 3.3")),
        SignedMetadataChanged "signed-metadata-changed" = rule("says something else in its signed copy", None,
            "Clients that check signed metadata follow it and not the plain members.",
            Some("Compare the claims with the plain members before you trust either."),
            Some("RFC 8414 section 2.1, RFC 9728 section 2.2")),
        TypeChanged "type-changed" = rule("has another JSON type", Some(Breaking),
            "Typed clients may fail to read the whole document.", Some("Try your clients against the new document."),
            Some("RFC 8414 section 2"))
            .said("{} has another JSON type", "changed the JSON type of {}"),
        UrlFormChanged "url-form-changed" = rule("is written in another form", Some(Info),
            "The address is the same after URL normalization: only who compares text notices.", None, Some("RFC 3986 section 6.2")),
    } } };
}
