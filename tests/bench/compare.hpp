// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/config.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace webpubsub::inline WEBPUBSUB_MODE::bench {

/// Ends the program unless both sides of a comparison have done the same.
inline void require(bool same, const char* who) {
    if (same) return;
    std::fprintf(stderr, "%s: the result differs\n", who);
    std::abort();
}

/// One piece of work, done by us and by others. The time of each is the best of many short runs, by turns, so that what
/// else the machine does hits all of them.
class comparison {
public:
    /// Without `has_targets` those of the others are not shown: they are for other work.
    template <class Work>
    comparison(std::string title, Work ours, bool has_targets = true)
        : title_(std::move(title)), has_targets_(has_targets) {
        against("", std::move(ours));
    }

    /// `target` is how much of their time ours may take at most, 0 where there is no target.
    template <class Work>
    void against(std::string name, Work work, double target = 0) {
        // The loop is inside of what can be called, so that the call costs nothing.
        auto shared = std::make_shared<Work>(std::move(work));
        contenders_.push_back({std::move(name), has_targets_ ? target : 0, [shared](std::size_t calls) {
                                   for (std::size_t i = 0; i < calls; ++i) (*shared)();
                               }});
    }

    /// Measures all and prints them, the one that does best against us first.
    void run() {
        for (auto& each : contenders_) {
            while (microseconds(each) < 50) each.calls *= 2;
        }
        for (int round = 0; round < 1000; ++round) {
            for (auto& each : contenders_) {
                each.best = std::min(each.best, microseconds(each) * 1000 / static_cast<double>(each.calls));
            }
        }
        const double ours = contenders_.front().best;
        std::printf("\n%s: ours %.1f ns\n", title_.c_str(), ours);
        std::printf("  theirs, ns   ratio   target\n");
        std::sort(contenders_.begin() + 1, contenders_.end(),
                  [](const auto& a, const auto& b) { return a.best < b.best; });
        for (std::size_t i = 1; i < contenders_.size(); ++i) print(contenders_[i], ours / contenders_[i].best);
    }

private:
    struct contender {
        std::string name;
        double target;
        std::function<void(std::size_t calls)> work;
        std::size_t calls = 1;
        double best = 1e300;
    };

    static double microseconds(const contender& of) {
        const auto start = std::chrono::steady_clock::now();
        of.work(of.calls);
        return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    }

    static void print(const contender& other, double ratio) {
        std::printf("%12.1f %7.3f ", other.best, ratio);
        if (other.target == 0) {
            std::printf("               ");
        } else {
            std::printf("%7.2f %-7s", other.target, ratio <= other.target ? "" : "missed");
        }
        std::printf(" %s\n", other.name.c_str());
    }

    std::string title_;
    bool has_targets_;
    std::vector<contender> contenders_;
};

} // namespace webpubsub::inline WEBPUBSUB_MODE::bench
