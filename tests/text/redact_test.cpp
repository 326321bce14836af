// SPDX-License-Identifier: MIT
#include <webpubsub/text/redact.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using namespace webpubsub;

TEST_CASE("the secrets of a URL are replaced and nothing else is changed") {
    struct row {
        std::string_view url, redacted;
    };
    const auto [url, redacted] = GENERATE(values<row>({
        {"", ""},
        {"wss://h/client/hubs/chat", "wss://h/client/hubs/chat"},
        {"wss://h/client/hubs/chat?", "wss://h/client/hubs/chat?"},
        {"wss://h/client/hubs/chat?access_token=a.b.c", "wss://h/client/hubs/chat?access_token=REDACTED"},
        {"/client/hubs/chat?access_token=a.b.c", "/client/hubs/chat?access_token=REDACTED"},
        {"/?hub=chat&access_token=a&x=%20+y", "/?hub=chat&access_token=REDACTED&x=%20+y"},
        {"/?access_token=a&awps_connection_id=c&awps_reconnection_token=b",
         "/?access_token=REDACTED&awps_connection_id=c&awps_reconnection_token=REDACTED"},
        {"/?access_token=a&access_token=b", "/?access_token=REDACTED&access_token=REDACTED"},
        {"/?ACCESS_TOKEN=a&Awps_Reconnection_Token=b", "/?ACCESS_TOKEN=REDACTED&Awps_Reconnection_Token=REDACTED"},
        {"/?access%5Ftoken=a&%61ccess_token=b", "/?access%5Ftoken=REDACTED&%61ccess_token=REDACTED"},
        {"/?access_token=", "/?access_token=REDACTED"},
        {"/?access_token=a=b=c&d", "/?access_token=REDACTED&d"},
        {"/?access_token=a?b/c;d e&f", "/?access_token=REDACTED&f"},
        {"/?access_token=a?access_token=b", "/?access_token=REDACTED"},
        {"/?x=1?access_token=b", "/?x=1?access_token=REDACTED"},
        {"/#access_token=a&x", "/#access_token=REDACTED&x"},
        {"/?access_token=a#access_token=b", "/?access_token=REDACTED#access_token=REDACTED"},
        {"/?&&access_token=a&&", "/?&&access_token=REDACTED&&"},
        {"/?access_token", "/?access_token"},
        {"/?access_token&x=access_token", "/?access_token&x=access_token"},
        {"/?my_access_token=a&access_token2=b&access=c", "/?my_access_token=a&access_token2=b&access=c"},
        {"/access_token=a", "/access_token=a"},
        {"/?%zz=a&access_token=%zz", "/?%zz=a&access_token=REDACTED"},
    }));
    CHECK(redact_url(url) == redacted);
}

TEST_CASE("redacting twice is redacting once") {
    const std::string once = redact_url("wss://h/client/hubs/chat?access_token=a.b.c&x=1#y");
    CHECK(redact_url(once) == once);
}
