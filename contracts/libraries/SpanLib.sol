// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

/// @notice Which rounds of a run are undone. The only writer is `SpanLib`.
/// @dev INVARIANT: the first `count` spans ascend and are apart: each ends before the next one begins.
struct Spans {
    uint256 count;
    mapping(uint256 index => Span) at;
}

struct Span {
    uint48 first;
    uint48 last;
}

using SpanLib for Spans global;

/// @title The rounds that refutations have undone, as spans of numbers. Knows nothing of rounds.
/// @dev A refutation undoes a round and all that have opened since, so it swallows every span that begins after that round: these
/// are dropped at once, by the count. Reading and writing take one search in an ascending row.
library SpanLib {
    function has(Spans storage self, uint256 number) internal view returns (bool) {
        uint256 upTo = _upTo(self, number);
        return upTo != 0 && number <= self.at[upTo - 1].last;
    }

    /// @dev Needs a `first` that is in no span, a `last` no less, and nothing beyond `last` in a span.
    function cut(Spans storage self, uint48 first, uint48 last) internal {
        uint256 upTo = _upTo(self, first);
        self.at[upTo] = Span(first, last);
        self.count = upTo + 1;
    }

    /// @return low How many spans begin at `number` or before.
    function _upTo(Spans storage self, uint256 number) private view returns (uint256 low) {
        uint256 high = self.count;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.at[middle].first <= number) low = middle + 1;
            else high = middle;
        }
    }
}
