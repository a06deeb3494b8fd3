// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {IRunCoordinator} from "./IRunCoordinator.sol";
import {IRunCoordinatorTypes} from "./IRunCoordinatorTypes.sol";

interface IDisputeCourtTypes is IRunCoordinatorTypes {
    /// @notice Whose move it is in a dispute over a root. Defence: somebody who knows the attested tree shows a row of it.
    /// Accusation: the accuser names a node of that row. Proof: the node is a leaf, and the accuser re-executes its chunk.
    enum Turn {
        None,
        Defence,
        Accusation,
        Proof,
        Closed
    }

    enum DemandState {
        None,
        Open,
        Closed
    }

    /// @notice Which final round is meant, and what it rests on.
    struct Case {
        IRunCoordinator coordinator;
        uint256 run;
        uint64 round;
        FinalRound final_;
    }

    /// @notice A contribution as it was revealed: by whom, and what opens its seal.
    struct Exhibit {
        IRunCoordinator coordinator;
        uint64 run;
        uint64 round;
        uint8 slot;
        Opening opening;
    }

    /// @notice Where the seal of an exhibit is looked up. Without seals: in the coordinator, which remembers the last rounds. With those
    /// of a final round's included contributions, in ascending order of slot: there, and its attesters are convicted as well.
    struct Source {
        FinalRound final_;
        uint256[] seals;
    }

    /// @notice A record with its way to the root of a contribution.
    struct RecordProof {
        bytes header;
        bytes record;
        bytes32[] path;
    }

    /// @notice A chunk of a state with its way to the state's root: entries (int32, big-endian), siblings, and what the root is
    /// made of besides the tree.
    struct ChunkProof {
        bytes entries;
        bytes32[] path;
        uint64 run; // 0 of the genesis
        uint64 round; // that left this state; 0 of the genesis
        bytes32 parentRoot;
    }

    /// @notice All that the next state of one chunk follows from.
    struct Replay {
        uint32 index; // of the chunk
        ChunkProof before; // in the parent state
        uint256[] seals; // of the included contributions, in ascending order of slot; so is what follows
        Opening[] openings;
        RecordProof[] records;
    }

    /// @notice A leaf of the tree that was attested.
    struct LeafClaim {
        bytes32 leaf;
        bytes32[] path;
    }

    /// @notice A dispute over the root of a final round.
    struct RootCase {
        IRunCoordinator coordinator;
        uint48 since; // unix seconds; of the last move
        uint48 round;
        uint64 run;
        Turn turn;
        uint8 level; // place of `node`: see TreeLib
        uint32 index;
        uint32 accuserLeft; // seconds on each side's clock, as of `since`
        uint32 defenceLeft;
        address accuser;
        bytes32 node; // what the attesters' tree has there; before the first row the attested root itself
        bytes32 row; // keccak256 of the row below it that was shown; 0 before
    }

    /// @notice A demand for one record of a revealed contribution.
    struct Demand {
        IRunCoordinator coordinator;
        uint48 round;
        uint48 deadline; // unix seconds
        address accuser;
        uint48 epoch;
        uint32 index; // of the record
        uint8 slot;
        DemandState state;
        uint64 run;
        bytes32 contributionRoot;
    }

    /// @notice A root that was shown to be wrong.
    struct Conviction {
        uint48 epoch; // 0: none
        uint64 attesters; // bitmap of validator slots that are still to be punished
        address reporter;
    }

    /// @notice Everything that is fixed when the court is made.
    struct Rules {
        uint32 windowSeconds; // after a round became final, in which its root may be accused
        uint32 clockSeconds; // each side's time in one dispute over a root
        uint32 answerSeconds; // to produce a record that is demanded
        uint16 demandRounds; // records of this many last rounds may be demanded
        uint128 rootBond; // wei of the stake's token
        uint128 demandBond;
    }
}
