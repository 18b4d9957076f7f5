// Instructions that Go's assembler does not know, by their encoding in the Arm
// Architecture Reference Manual (DDI 0487, chapter C7). Registers are numbers.

// The vector d = 0: cores know this one, and don't wait for what was there.
#define ZERO(d) WORD $(0x6f00e400 | (d))

// The vector d += n · (element i of m).
#define FMLA_S(n, m, i, d) WORD $(0x4f801000 | ((i)&1)<<21 | ((i)>>1)<<11 | (m)<<16 | (n)<<5 | (d))
#define FMLA_D(n, m, i, d) WORD $(0x4fc01000 | (i)<<11 | (m)<<16 | (n)<<5 | (d))
// The vector d -= n · (element i of m).
#define FMLS_S(n, m, i, d) WORD $(0x4f805000 | ((i)&1)<<21 | ((i)>>1)<<11 | (m)<<16 | (n)<<5 | (d))
#define FMLS_D(n, m, i, d) WORD $(0x4fc05000 | (i)<<11 | (m)<<16 | (n)<<5 | (d))

// The vectors d = m + n, d = m·n.
#define FADD_S(m, n, d) WORD $(0x4e20d400 | (m)<<16 | (n)<<5 | (d))
#define FADD_D(m, n, d) WORD $(0x4e60d400 | (m)<<16 | (n)<<5 | (d))
#define FMUL_S(m, n, d) WORD $(0x6e20dc00 | (m)<<16 | (n)<<5 | (d))
#define FMUL_D(m, n, d) WORD $(0x6e60dc00 | (m)<<16 | (n)<<5 | (d))

// Neighbours of n and then of m, added.
#define FADDP_S(m, n, d) WORD $(0x6e20d400 | (m)<<16 | (n)<<5 | (d))
#define FADDP_D(m, n, d) WORD $(0x6e60d400 | (m)<<16 | (n)<<5 | (d))

// The vector t, loaded from or stored to address n + m.
#define LDRQ(n, m, t) WORD $(0x3ce06800 | (m)<<16 | (n)<<5 | (t))
#define STRQ(n, m, t) WORD $(0x3ca06800 | (m)<<16 | (n)<<5 | (t))
