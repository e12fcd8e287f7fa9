/*
 * hash.h
 *	  The mixing function of the hash tables.
 */
#ifndef AUTHZ_HASH_H
#define AUTHZ_HASH_H

/* The finalizer of MurmurHash3: each bit of the result depends on all of x. */
static inline uint64
authz_hash_mix(uint64 x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	x ^= x >> 33;
	return x;
}

#endif							/* AUTHZ_HASH_H */
