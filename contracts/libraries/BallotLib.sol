// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.34;

import {IEmissionTypes as Types} from "../interfaces/IEmission.sol";

/// @notice A vote and when it begins. The only writer is `BallotLib`.
struct Ballot {
    uint256 since; // one more than the first period in which it is in effect; 0: there is none
    Types.Choice[] choices;
}

/// @title A holder's last two votes: the one in effect and the one that will be from the next period on.
/// @dev Two are enough, since votes begin with the next period and only the present one is counted: of any two ballots the one
/// that began earlier is over once the other has begun.
library BallotLib {
    /// @param period The first in which it is in effect; never less than that of an earlier call.
    function cast(Ballot[2] storage self, Types.Choice[] calldata choices, uint256 period) internal {
        uint256 newer = _newer(self);
        // One that has not begun is replaced; else the one that is over.
        Ballot storage ballot = self[newer].since == period + 1 ? self[newer] : self[1 - newer];
        ballot.since = period + 1;
        delete ballot.choices;
        for (uint256 i = 0; i < choices.length; i++) ballot.choices.push(choices[i]);
    }

    /// @return choices Of the ballot in effect; none if there is no ballot. Needs a period not before that of the last `cast`
    /// but one.
    function at(Ballot[2] storage self, uint256 period) internal view returns (Types.Choice[] storage choices) {
        uint256 newer = _newer(self);
        return self[self[newer].since <= period + 1 ? newer : 1 - newer].choices;
    }

    function _newer(Ballot[2] storage self) private view returns (uint256) {
        return self[1].since > self[0].since ? 1 : 0;
    }
}
