// SPDX-License-Identifier: MIT
#include "service/sender_bench.hpp"

#include <webpubsub/upstream/answer.hpp>
#include <webpubsub/upstream/receive.hpp>

#include <map>
#include <set>
#include <utility>

using namespace webpubsub;
using namespace webpubsub::tests;

// Handlers that answer early, late, never and wrongly, while connections come and go. What is promised is checked at
// each step, and at the end nothing is left.

namespace {

enum class question_kind { admission, event, invocation };

struct question {
    question_kind kind;
    std::string connection;
    steady_time asked;
};

class random_world {
public:
    explicit random_world(unsigned seed) : random_(seed), max_calls_(1 + seed % 7), bench_(options(seed, max_calls_)) {}

    void run() {
        for (int i = 0; i < 400; ++i) step();
        while (!connections_.empty()) {
            disconnect(*connections_.begin());
            drain();
        }
        for (int i = 0; i < 400 && (!open_.empty() || bench_.sender.event_count() != 0); ++i) {
            handle_some_call();
            drain();
            bench_.pass(seconds(2));
            drain();
        }
        CHECK(open_.empty());
        CHECK(questions_.empty());
        bench_.pass(seconds(1000));
        drain();
        bench_.check_idle();
        CHECK(disconnected_.size() == std::set(disconnected_.begin(), disconnected_.end()).size());
        const auto counters = bench_.sender.counters();
        CHECK(answered_ > 0);
        CHECK(counters.late_inputs == late_);
    }

    std::size_t answered() const { return answered_; }
    std::uint64_t retries() const { return bench_.sender.counters().retries; }

private:
    struct call_record {
        upstream_call call;
        /// Empty for a validation.
        std::string connection;
    };

    static event_sender_options options(unsigned seed, std::ptrdiff_t max_calls) {
        auto first = handler_of_everything("https://a.net/{event}");
        first.connect = seed % 3 != 0;
        first.user_event_pattern = "e";
        auto second = handler_of_everything("https://b.net/{event}");
        second.disconnected = false;
        auto made = sender_options({first, second});
        made.limits.max_calls = static_cast<std::size_t>(max_calls);
        return made;
    }

    std::size_t below(std::size_t n) { return random_() % n; }

    void step() {
        switch (below(10)) {
        case 0: ask(); break;
        case 1: connect(); break;
        case 2: disconnect(some_connection()); break;
        case 3: question_of(some_connection(), question_kind::event); break;
        case 4: question_of(some_connection(), question_kind::invocation); break;
        case 5:
            if (const auto id = some_connection(); !id.empty()) bench_.take(joins(id, "g"));
            break;
        case 6: cancel_invocation(); break;
        case 7: bench_.pass(std::chrono::milliseconds(below(3000))); break;
        default: handle_some_call(); break;
        }
        drain();
    }

    std::string some_connection() {
        if (connections_.empty()) return {};
        auto it = connections_.begin();
        std::advance(it, static_cast<std::ptrdiff_t>(below(connections_.size())));
        return *it;
    }

    void ask() {
        const auto id = ++last_id_;
        const auto connection = "c" + std::to_string(id);
        questions_[{question_kind::admission, id}] = {question_kind::admission, connection, bench_.now.steady};
        bench_.take(asks(id, connection));
        if (below(6) != 0) return;
        bench_.sender.handle_abandoned(bench_.now, admission_id{id});
        drain_answers();
        if (questions_.erase({question_kind::admission, id}) != 0) ended_.insert(connection);
    }
    void connect() {
        if (let_in_.empty()) return;
        const auto connection = let_in_.back();
        let_in_.pop_back();
        connections_.insert(connection);
        bench_.take(connects(connection, "u"));
    }
    void disconnect(std::string connection) {
        if (connection.empty()) return;
        bench_.take(disconnects(connection));
        connections_.erase(connection);
        // What was answered before is an answer still.
        drain_answers();
        std::erase_if(questions_, [&](const auto& each) { return each.second.connection == connection; });
        ended_.insert(connection);
    }
    void question_of(const std::string& connection, question_kind kind) {
        if (connection.empty()) return;
        const auto id = ++last_id_;
        questions_[{kind, id}] = {kind, connection, bench_.now.steady};
        if (kind == question_kind::event) {
            bench_.take(sends(id, connection, below(2) == 0 ? "e" : "f"));
        } else {
            bench_.take(invokes(id, connection));
        }
    }
    void cancel_invocation() {
        for (const auto& [id, asked] : questions_) {
            if (asked.kind != question_kind::invocation) continue;
            const auto number = id.second;
            bench_.take(cancels(number));
            drain_answers();
            questions_.erase({question_kind::invocation, number});
            return;
        }
    }

    /// A handler does something: answers well, badly, or too late.
    void handle_some_call() {
        if (open_.empty()) return;
        auto it = open_.begin();
        std::advance(it, static_cast<std::ptrdiff_t>(below(open_.size())));
        const auto what = below(12);
        if (what == 0) return bench_.sender.handle_response_head(bench_.now, it->first);
        const auto call = std::move(it->second.call);
        open_.erase(it);
        if (what == 1) return bench_.fail(call, call_failure::network);
        if (what == 2) return bench_.fail(call, static_cast<call_failure>(below(4)));
        if (what == 3) return bench_.respond(call, status(503));
        if (what == 4) return bench_.respond(call, status(400 + static_cast<unsigned>(below(40))));
        if (what == 5) return bench_.respond(call, {200, {{"Content-Type", "image/png"}}, "?"});
        bench_.respond(call, good_answer(call));
        if (what != 6) return;
        // Something is said twice, or of a call that never was.
        bench_.respond(call, text("again"));
        bench_.sender.handle_failure(bench_.now, call_id{1'000'000'000}, call_failure::network);
        late_ += 2;
    }

    http_response good_answer(const upstream_call& call) {
        upstream_rules rules;
        rules.keys = {the_sender_key()};
        const auto received = receive_upstream(call.request, rules, openssl_hmac{});
        if (!received && call.request.method == http_method::options) return received.error();
        if (!received) return allowed();
        if (holds_alternative<upstream_events::connect_event>(received->event)) return accept_connect().value();
        if (!is_blocking(received->event)) return acknowledge_event();
        event_answer answer;
        answer.data = text_payload("ok");
        answer.state = std::to_string(below(100));
        return answer_event(answer).value();
    }

    void drain() {
        drain_answers();
        while (const auto id = bench_.sender.poll_cancel()) {
            REQUIRE(open_.erase(*id) == 1);
            if (below(3) != 0) continue;
            bench_.sender.handle_response(bench_.now, *id, text("late"));
            ++late_;
        }
        for (auto& call : bench_.calls()) take_call(std::move(call));
        drain_answers();
        for (const auto& [id, asked] : questions_) REQUIRE(bench_.now.steady - asked.asked <= seconds(110));
    }

    void take_call(upstream_call&& call) {
        REQUIRE(open_.count(call.id) == 0);
        const auto id = call.id;
        if (call.request.method != http_method::post) {
            open_[id] = {std::move(call), {}};
            return;
        }
        const auto connection = header(call, "ce-connectionId");
        const auto number = std::stol(header(call, "ce-id"));
        const auto request_id = header(call, "x-ms-client-request-id");
        const auto name = header(call, "ce-eventName");
        const auto [known, is_new] = requests_.emplace(connection + " " + std::to_string(number), request_id);
        CHECK(known->second == request_id);
        if (is_new) {
            auto& last = last_number_.emplace(connection, -1).first->second;
            CHECK(number > last);
            last = number;
            CHECK((name == "connect") == (number == 0));
            if (name == "disconnected") disconnected_.push_back(connection);
        }
        // Of a connection that has ended nobody asks anything.
        const bool asks = name == "connect" || name == "e" || name == "f";
        CHECK_FALSE((asks && ended_.count(connection) != 0));
        const auto host = call.url.substr(0, std::string_view("https://a.net/").size());
        open_[id] = {std::move(call), connection};
        CHECK(std::count_if(open_.begin(), open_.end(), [&](const auto& each) {
                  return !each.second.connection.empty() && each.second.call.url.starts_with(host);
              }) <= max_calls_);
    }

    void drain_answers() {
        while (const auto answer = bench_.sender.poll_answer()) {
            visit([&](const auto& each) { take_answer(each); }, *answer);
        }
    }
    void take_answer(const sender_answers::admission_accepted& answer) {
        const auto connection = close(question_kind::admission, number_of(answer.id));
        if (below(5) != 0) let_in_.push_back(connection);
    }
    void take_answer(const sender_answers::admission_refused& answer) {
        ended_.insert(close(question_kind::admission, number_of(answer.id)));
        CHECK((answer.http_status == 500 || (answer.http_status >= 400 && answer.http_status < 500)));
    }
    void take_answer(const sender_answers::event_answered& answer) {
        close(question_kind::event, number_of(answer.id));
    }
    void take_answer(const sender_answers::event_failed& answer) { close(question_kind::event, number_of(answer.id)); }
    void take_answer(const sender_answers::invocation_answered& answer) {
        close(question_kind::invocation, number_of(answer.id));
    }
    void take_answer(const sender_answers::invocation_failed& answer) {
        close(question_kind::invocation, number_of(answer.id));
    }
    std::string close(question_kind kind, std::uint64_t id) {
        const auto found = questions_.find({kind, id});
        REQUIRE(found != questions_.end());
        auto connection = found->second.connection;
        questions_.erase(found);
        ++answered_;
        return connection;
    }

    std::mt19937 random_;
    /// To one handler.
    std::ptrdiff_t max_calls_;
    sender_bench bench_;
    std::uint64_t last_id_ = 0;
    std::map<std::pair<question_kind, std::uint64_t>, question> questions_;
    std::set<std::string> connections_;
    std::vector<std::string> let_in_;
    std::set<std::string> ended_;
    std::map<call_id, call_record> open_;
    std::map<std::string, std::string> requests_;
    std::map<std::string, long> last_number_;
    std::vector<std::string> disconnected_;
    std::size_t answered_ = 0;
    std::uint64_t late_ = 0;
};

} // namespace

TEST_CASE(
    "whatever handlers do and whenever clients leave, each question has one answer in time, and nothing is left") {
    std::size_t answered = 0;
    std::uint64_t retries = 0;
    for (unsigned seed = 1; seed <= 150; ++seed) {
        INFO("seed " << seed);
        random_world world(seed);
        world.run();
        answered += world.answered();
        retries += world.retries();
    }
    CHECK(answered > 5000);
    CHECK(retries > 500);
}

TEST_CASE("no order of inputs brings a sender out of order") {
    for (unsigned seed = 1; seed <= 100; ++seed) {
        std::mt19937 random(seed);
        sender_bench bench;
        std::uint64_t last_call = 1;
        for (int i = 0; i < 400; ++i) {
            const std::uint64_t id = 1 + random() % 4;
            const auto connection = "c" + std::to_string(random() % 3);
            const call_id call{1 + random() % last_call};
            switch (random() % 14) {
            case 0: bench.take(asks(id, connection)); break;
            case 1: bench.take(connects(connection)); break;
            case 2: bench.take(disconnects(connection)); break;
            case 3: bench.take(sends(id, connection)); break;
            case 4: bench.take(invokes(id, connection)); break;
            case 5: bench.take(cancels(id)); break;
            case 6: bench.take(joins(connection, "g")); break;
            case 7: bench.sender.handle_abandoned(bench.now, admission_id{id}); break;
            case 8: bench.sender.handle_response_head(bench.now, call); break;
            case 9: bench.sender.handle_response(bench.now, call, allowed()); break;
            case 10: bench.sender.handle_response(bench.now, call, status(503)); break;
            case 11: bench.sender.handle_failure(bench.now, call, static_cast<call_failure>(random() % 4)); break;
            case 12: bench.pass(seconds(random() % 20)); break;
            default:
                for (const auto& each : bench.calls()) last_call = number_of(each.id);
                break;
            }
        }
        for (const auto* connection : {"c0", "c1", "c2"}) bench.take(disconnects(connection));
        for (int i = 0; i < 100; ++i) {
            bench.calls();
            bench.pass(seconds(10));
        }
        bench.answers();
        bench.cancelled();
        bench.check_idle();
    }
}
