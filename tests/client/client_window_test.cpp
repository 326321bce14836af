// SPDX-License-Identifier: MIT
#include "support/client_driver.hpp"

using namespace webpubsub;
using namespace webpubsub::tests;

TEST_CASE("another connection on the same transport ends no write") {
    auto options = with_url();
    options.window.messages = 2;
    auto d = reliable_client(std::move(options));
    d.connect();
    d.writes_complete = false;
    for (int i = 0; i < 4; ++i) REQUIRE(d.c.send_to_group(d.now, "g", payload_view::text("t")));
    d.drain();
    CHECK(d.take_sent().size() == 2);

    // The service replaces the connection. The transport still has two messages to write.
    d.receive(client_driver::connected_frame("c2", "t2"));
    CHECK(d.c.connection_id() == "c2");
    CHECK(d.take_sent().empty());
    d.c.handle_written(d.now, d.transport.transport, 2);
    d.drain();
    CHECK(d.take_sent().size() == 2);
    CHECK(d.count<client_events::host_error>() == 0);
}
