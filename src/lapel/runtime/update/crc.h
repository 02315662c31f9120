/* CRC-32 of IEEE 802.3, as blobs and deltas have it. */
#ifndef LAPEL_CRC_H
#define LAPEL_CRC_H

#include <stdint.h>

/* Of bytes behind others whose CRC-32 is `crc`; 0: there are none before. */
uint32_t lapel_crc32(uint32_t crc, const uint8_t *bytes, uint32_t count);

#endif
