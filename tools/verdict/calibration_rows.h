/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of calibration_rows[], written by tests/bench/calibrate.sh: setting, busy, kernel, passages, hits. */
