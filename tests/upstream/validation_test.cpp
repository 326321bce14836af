// SPDX-License-Identifier: MIT
#include <webpubsub/access/openssl_hmac.hpp>
#include <webpubsub/upstream/receive.hpp>
#include <webpubsub/upstream/validation.hpp>

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace webpubsub;

TEST_CASE("a validation asks for its origin, says that it is the service, and carries no secret") {
    for (const auto method : {http_method::options, http_method::get}) {
        const auto request = write_validation(method, "/x/validate?code=1", "a.net");
        CHECK(request.method == method);
        CHECK(request.target == "/x/validate?code=1");
        CHECK(request.body.empty());
        CHECK(request.headers ==
              std::vector<http_header>{{"WebHook-Request-Origin", "a.net"}, {"ce-awpsversion", "1.0"}});
    }
}

TEST_CASE("an origin is allowed by a star, by its name in any case, in lists and in repeated lines") {
    struct row {
        std::vector<std::string> lines;
        std::string origin;
        bool allows;
    };
    const auto each = GENERATE(
        row{{"*"}, "a.net", true}, row{{"a.net"}, "a.net", true}, row{{"A.NET"}, "a.net", true},
        row{{"b.net, a.net"}, "a.net", true}, row{{"b.net", "a.net"}, "a.net", true},
        row{{"b.net", " * "}, "a.net", true}, row{{"b.net"}, "a.net", false}, row{{}, "a.net", false},
        row{{""}, "a.net", false}, row{{","}, "a.net", false}, row{{"*.net"}, "a.net", false},
        row{{"a.net.evil"}, "a.net", false}, row{{"xa.net"}, "a.net", false}, row{{"b.net"}, "a.net, b.net", true},
        row{{"a.net"}, "a.net,b.net", true}, row{{"c.net"}, "a.net, b.net", false},
        row{{"https://a.net"}, "a.net", false}, row{{"a.net:8080"}, "a.net", true}, row{{"a.net"}, "a.net:8080", true},
        row{{"a.net:"}, "a.net", false}, row{{"a.net:x"}, "a.net", false}, row{{"b.net:8080"}, "a.net", false});
    http_response response;
    for (const auto& line : each.lines) response.headers.push_back({"webhook-allowed-ORIGIN", line});
    CHECK(allows_origin(response, each.origin) == each.allows);
}

TEST_CASE("a validation is understood by this library's own handlers") {
    upstream_rules rules;
    rules.allowed_origins = {"b.net"};
    const auto answer_to = [&](const char* origin) {
        return receive_upstream(write_validation(http_method::options, "/", origin), rules, openssl_hmac{}).error();
    };
    CHECK(answer_to("a.net, B.net").status == 200);
    CHECK(allows_origin(answer_to("a.net, B.net"), "a.net, B.net"));
    CHECK_FALSE(allows_origin(answer_to("a.net"), "a.net"));
    rules.allowed_origins.clear();
    CHECK(allows_origin(answer_to("a.net"), "a.net"));
}
