// SPDX-License-Identifier: MIT
// cmocka asks for it before its own header. Ours does without.
