// SPDX-License-Identifier: Apache-2.0
pragma solidity >=0.8.34;

import {Base} from "../Base.sol";
import {RandaoBeacon} from "../../../contracts/RandaoBeacon.sol";

/// read
/// ├── the hash of prevrandao and the last block's hash
/// ├── the same within a block
/// └── differs if either differs
contract RandaoBeaconTest is Base {
    RandaoBeacon private beacon = new RandaoBeacon();

    function test_read_any_isTheHashOfBoth(bytes32 randao, bytes32 last) public {
        _block(100, randao, last);
        assertEq(beacon.read(), keccak256(bytes.concat(randao, last)), "value");
        assertEq(beacon.read(), beacon.read(), "twice");
    }

    function test_read_eitherDiffers_differs(bytes32 randao, bytes32 last, bool which) public {
        _block(100, randao, last);
        bytes32 first = beacon.read();
        bytes32 flip = bytes32(uint256(1));
        _block(101, which ? randao ^ flip : randao, which ? last : last ^ flip);
        assertNotEq(beacon.read(), first, "value");
    }

    function _block(uint256 number, bytes32 randao, bytes32 last) private {
        vm.roll(number);
        vm.prevrandao(randao);
        vm.setBlockhash(number - 1, last);
    }
}
