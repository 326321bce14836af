// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/access/access_key.hpp>
#include <webpubsub/access/any_hmac.hpp>
#include <webpubsub/access/any_signature_verifier.hpp>
#include <webpubsub/access/client_request.hpp>
#include <webpubsub/access/client_token.hpp>
#include <webpubsub/access/issued_token.hpp>
#include <webpubsub/access/service_request.hpp>
#include <webpubsub/filter/connection_condition.hpp>
#include <webpubsub/http/message.hpp>
#include <webpubsub/hub/admission.hpp>
#include <webpubsub/rest/read_call.hpp>
#include <webpubsub/result.hpp>
#include <webpubsub/service/apply_call.hpp>
#include <webpubsub/service/hosted_hub.hpp>
#include <webpubsub/service/hub_settings.hpp>
#include <webpubsub/support/random.hpp>
#include <webpubsub/text/endpoint.hpp>
#include <webpubsub/time.hpp>
#include <webpubsub/variant.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE {

/// What a `service` is made with.
struct service_options {
    /// The URLs under which clients and callers know the service, at least one. Their tokens are for one of them; links
    /// and events name the first where a request does not tell.
    std::vector<endpoint> endpoints{};
    /// The primary and the secondary access key. Events are signed with both, tokens with the first.
    std::vector<access_key> keys{};
    /// Where it is set, callers of the REST API may also have a token of these issuers.
    std::optional<issued_token_rules> issued_tokens{};
    /// How hubs are served that are not in the list.
    hub_settings defaults{};
    /// By their names in lower case.
    std::map<std::string, hub_settings, std::less<>> hubs{};
    /// Whether hubs that are not in the list are served, each from the first client on that may connect to it.
    bool serve_unlisted = true;
    /// How many of these there may be; clients of one more are refused with 503. A hub stays when its clients have
    /// gone.
    std::size_t max_unlisted = 1000;
    client_token_rules client_tokens{};
    rest_reading_rules rest{};
    std::size_t max_target_bytes = 64 * 1024;
};

/// What a service computes with, and draws its ids and secrets from.
struct service_tools {
    any_hmac hmac;
    secure_random random{};
    /// For `service_options::issued_tokens`.
    any_signature_verifier verifier{};
};

/// A client that is to be upgraded, by the hub of this name: `accepted`, or `waiting` for an event handler.
struct service_upgrade {
    std::string hub;
    admission outcome;
};

/// What a service answers to a request for an upgrade.
using upgrade_answer = variant<http_response, service_upgrade>;

/// A request of the REST API that may be done, and is read.
struct rest_task {
    received_rest_call received;
    /// The filter of the call, if it has one.
    std::optional<connection_condition> filter{};
    /// The URL by which the caller knows the service, for links.
    std::string origin{};
    /// Whether the caller wants no body.
    bool is_head = false;
};

/// What a service answers to a request of the REST API.
struct rest_answer {
    http_response response;
    /// The hub that may have something to do now, empty for none.
    std::string hub;
};

/// A whole service, without its sockets: HTTP requests go in; responses, upgrades to WebSocket and calls of event
/// handlers come out, over any number of hubs. It takes REST requests from holders of an access key or of a token of an
/// issuer, clients with a token, and asks the event handlers of each hub.
///
/// A hub is found by its name. It exists from the first client on that may connect, and is driven as `hosted_hub` says.
/// REST calls make none: where there is no hub, there is nobody that a call could concern.
///
/// A service is a value. Distinct services may be used from distinct threads, one service from one at a time. Nothing
/// throws because of what comes over the network.
class service {
public:
    /// The errors are those of `hosted_hub::make` for the settings of each hub and for the defaults, invalid_field for
    /// a service without an endpoint, and invalid_hub_name for a name in the list that no hub can have, or that is not
    /// in lower case.
    [[nodiscard]] static result<service> make(service_options options, const std::vector<service_codec>& codecs,
                                              const service_tools& tools);

    /// A request that asks for an upgrade to WebSocket, as RFC 6455 section 4.2.1 tells; or one that does not, of a
    /// client that should have. Repeated headers are to be as they came.
    [[nodiscard]] upgrade_answer handle_upgrade(instant now, const http_request& request, bool is_websocket = true);

    /// A request of the REST API (`is_rest_target`). The body may be cut off behind `rest.max_body_size` and one byte
    /// more, and the header `Content-Length` is there if it came.
    [[nodiscard]] rest_answer handle_request(instant now, const http_request& request);

    /// The first half of `handle_request`, for a service whose hubs are nodes of clusters: the answer, if there is one
    /// already, or what is to be done (`clustered_rest_calls`). Since its clients may be on other nodes, the hub that
    /// it concerns exists from now on, or the answer is 503.
    [[nodiscard]] variant<http_response, rest_task> read_request(instant now, const http_request& request);

    /// Null for a hub that does not exist. The hub of the empty name is for those who ask for the recovery of a
    /// connection in a hub that there is not: it refuses them.
    hosted_hub* find(std::string_view hub);
    /// The names of all hubs that exist, the empty one as well.
    std::vector<std::string> hubs() const;

    const service_options& options() const noexcept { return options_; }

private:
    service(service_options&& options, hosting&& all, const service_tools& tools, hosted_hub&& nobodys);

    const hub_settings* settings_of(std::string_view hub) const;
    bool make_hub(const std::string& name);
    const endpoint& endpoint_for(const http_request& request) const;
    variant<http_response, rest_task> read(instant now, const http_request& request) const;
    http_response generate_token(instant now, const received_rest_call& received, const endpoint& at) const;

    service_options options_;
    hosting hosting_;
    service_tools tools_;
    service_request_rules callers_;
    client_request_rules clients_;
    std::map<std::string, hosted_hub, std::less<>> hubs_;
    std::size_t unlisted_ = 0;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE

#include <webpubsub/service/detail/service.hpp>
