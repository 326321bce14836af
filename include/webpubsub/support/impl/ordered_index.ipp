// SPDX-License-Identifier: MIT
#pragma once

#include <webpubsub/support/ordered_index.hpp>

#include <cstring>
#include <new>

namespace webpubsub::inline WEBPUBSUB_MODE::detail {

/// Less than, equal to or greater than 0, as the key is to the entry's.
inline int compare(const ordered_index::key& k, const ordered_index::entry& with) noexcept {
    if (k.first != with.first) return k.first < with.first ? -1 : 1;
    if (k.second != with.second) return k.second < with.second ? -1 : 1;
    return k.name.compare(with.name());
}

WEBPUBSUB_DECL ordered_index::entry* make_entry(const ordered_index::key& k, std::uint64_t value) {
    auto* const made = ::new (::operator new(sizeof(ordered_index::entry) + k.name.size())) ordered_index::entry;
    made->priority = (reinterpret_cast<std::uintptr_t>(made) >> 4) * 0x9e3779b97f4a7c15;
    made->priority ^= made->priority >> 32;
    made->first = k.first;
    made->second = k.second;
    made->value = value;
    made->name_size = k.name.size();
    if (!k.name.empty()) std::memcpy(static_cast<void*>(made + 1), k.name.data(), k.name.size());
    return made;
}

WEBPUBSUB_DECL ordered_index::ordered_index(const ordered_index& other) {
    for (const auto* each = other.find_from({}); each != nullptr;) {
        const key k{each->first, each->second, each->name()};
        set(k, each->value);
        each = other.find_from(k, true);
    }
}

WEBPUBSUB_DECL void ordered_index::set(const key& k, std::uint64_t value) {
    entry** link = &root_;
    while (*link != nullptr) {
        const int order = compare(k, **link);
        if (order == 0) {
            (*link)->value = value;
            return;
        }
        link = order < 0 ? &(*link)->left : &(*link)->right;
    }
    auto* const added = make_entry(k, value);
    // It belongs above the first one on its way that has a lesser priority, whose subtree it splits.
    for (link = &root_; *link != nullptr && (*link)->priority >= added->priority;) {
        link = compare(k, **link) < 0 ? &(*link)->left : &(*link)->right;
    }
    auto* rest = *link;
    *link = added;
    entry** lesser = &added->left;
    entry** greater = &added->right;
    while (rest != nullptr) {
        if (compare(k, *rest) < 0) {
            *greater = rest;
            greater = &rest->left;
            rest = rest->left;
        } else {
            *lesser = rest;
            lesser = &rest->right;
            rest = rest->right;
        }
    }
    *lesser = nullptr;
    *greater = nullptr;
    ++size_;
}

WEBPUBSUB_DECL bool ordered_index::erase(const key& k) noexcept {
    entry** link = &root_;
    for (int order = 1; *link != nullptr; link = order < 0 ? &(*link)->left : &(*link)->right) {
        order = compare(k, **link);
        if (order == 0) break;
    }
    auto* const erased = *link;
    if (erased == nullptr) return false;
    // Its two subtrees become one, the greater priorities above.
    auto* left = erased->left;
    auto* right = erased->right;
    while (left != nullptr && right != nullptr) {
        if (left->priority >= right->priority) {
            *link = left;
            link = &left->right;
            left = left->right;
        } else {
            *link = right;
            link = &right->left;
            right = right->left;
        }
    }
    *link = left != nullptr ? left : right;
    ::operator delete(erased);
    --size_;
    return true;
}

WEBPUBSUB_DECL void ordered_index::clear() noexcept {
    while (auto* const top = root_) {
        if (auto* const left = top->left) {
            // Turned to the right, until there is nothing to the left.
            top->left = left->right;
            left->right = top;
            root_ = left;
        } else {
            root_ = top->right;
            ::operator delete(top);
        }
    }
    size_ = 0;
}

WEBPUBSUB_DECL const ordered_index::entry* ordered_index::find(const key& k) const noexcept {
    const auto* at = root_;
    while (at != nullptr) {
        const int order = compare(k, *at);
        if (order == 0) break;
        at = order < 0 ? at->left : at->right;
    }
    return at;
}

WEBPUBSUB_DECL const ordered_index::entry* ordered_index::find_from(const key& k, bool greater) const noexcept {
    const entry* best = nullptr;
    for (const auto* at = root_; at != nullptr;) {
        const int order = compare(k, *at);
        if (order < 0 || (order == 0 && !greater)) {
            best = at;
            at = at->left;
        } else {
            at = at->right;
        }
    }
    return best;
}

} // namespace webpubsub::inline WEBPUBSUB_MODE::detail
