/* msvc_name.c - where the qualified name ends in a C++ name of Microsoft's.

   "?f@N@@YAXXZ": a question mark; the entity's own name; its scopes, innermost first, each ended by '@';
   another '@'; then what it is. Nothing says how long the qualified name is: a template's arguments are
   types and values, a local scope is a whole mangled name, and both hold '@' themselves. So the grammar is
   walked, from left to right, one function per rule; what the parts mean is of no interest here.

   Sources: the manglings that cl and clang write; LLVM's test/CodeGenCXX/mangle-ms*.cpp shows most rules. */
#include "obj/msvc_name.h"

#include "base/limits.h"

static const char conventions[] = "ABCDEFGHIJKLMNOPQSWw";

struct walk {
    struct str s;
    size_t at;
    unsigned depth;
    bool bad;
};

static void walk_type(struct walk *w);
static void walk_symbol(struct walk *w);
static void walk_qualified(struct walk *w, bool symbol);

static char peek(const struct walk *w)
{
    return !w->bad && w->at < w->s.len ? w->s.p[w->at] : '\0';
}

static bool eat(struct walk *w, const char *word)
{
    struct str want = str_c(word);
    if (w->bad || !str_starts(str_skip(w->s, w->at), want)) {
        return false;
    }
    w->at += want.len;
    return true;
}

/* One character out of SET; false, and nothing is eaten, if another is next. */
static bool eat_one(struct walk *w, const char *set)
{
    char c = peek(w);
    if (c == '\0' || !strchr(set, c)) {
        return false;
    }
    w->at++;
    return true;
}

static void need_one(struct walk *w, const char *set)
{
    w->bad = !eat_one(w, set) || w->bad;
}

static bool next_digit(const struct walk *w)
{
    char c = peek(w);
    return c >= '0' && c <= '9';
}

static bool enter(struct walk *w)
{
    w->bad = w->bad || w->depth >= LIMIT_DEMANGLE_DEPTH || w->at >= w->s.len;
    w->depth++;
    return !w->bad;
}

/* A digit is that number plus one; others are written with the letters A to P and an '@'. */
static void walk_number(struct walk *w)
{
    (void)eat(w, "?"); /* negative */
    if (next_digit(w)) {
        w->at++;
        return;
    }
    while (eat_one(w, "ABCDEFGHIJKLMNOP")) {
    }
    need_one(w, "@");
}

static void walk_numbers(struct walk *w, int n)
{
    for (int i = 0; i < n; i++) {
        walk_number(w);
    }
}

/* Some characters and an '@'. */
static void walk_text(struct walk *w, bool may_be_empty)
{
    size_t n = str_find(str_skip(w->s, w->at), '@');
    if (w->bad || n == SIZE_MAX || (n == 0 && !may_be_empty)) {
        w->bad = true;
        return;
    }
    w->at += n + 1;
}

/* ---- names -------------------------------------------------------------------------------------------- */

/* "?1?", "?BA@?": the number of a block in a function, whose mangled name follows. */
static bool at_local_scope(const struct walk *w)
{
    struct str rest = str_skip(w->s, w->at + 1);
    size_t n = str_find(rest, '?');
    if (n == SIZE_MAX || n == 0) {
        return false;
    }
    if (n == 1) {
        return rest.p[0] == '@' || (rest.p[0] >= '0' && rest.p[0] <= '9');
    }
    bool good = rest.p[0] >= 'B' && rest.p[n - 1] == '@';
    for (size_t i = 0; good && i + 1 < n; i++) {
        good = rest.p[i] >= 'A' && rest.p[i] <= 'P';
    }
    return good;
}

static bool eat_pack(struct walk *w)
{
    return eat(w, "$S") || eat(w, "$$V") || eat(w, "$$$V") || eat(w, "$$Z");
}

/* A value of a class type: its bases' and members' values; of an array: its elements'. */
static void walk_value(struct walk *w)
{
    if (!enter(w)) {
        return;
    }
    if (eat(w, "0")) {
        walk_number(w);
    } else if (eat_one(w, "1HIJ")) { /* an object, or a function, with adjustments of a pointer to member */
        char how = w->s.p[w->at - 1];
        if (eat(w, "?")) {
            walk_symbol(w);
        }
        walk_numbers(w, how == '1' ? 0 : how - 'H' + 1);
    } else if (eat(w, "E")) { /* a reference to an object */
        need_one(w, "?");
        walk_symbol(w);
    } else if (eat(w, "F")) {
        walk_numbers(w, 2);
    } else if (eat(w, "G")) {
        walk_numbers(w, 3);
    } else if (eat_one(w, "23")) {
        walk_type(w);
        while (!w->bad && !eat(w, "@")) {
            walk_value(w);
        }
    } else if (eat(w, "7")) { /* a union: which member, and its value */
        walk_type(w);
        if (!eat(w, "@")) {
            walk_qualified(w, false);
            walk_value(w);
            need_one(w, "@");
        }
    } else {
        w->bad = true;
    }
    w->depth--;
}

static void walk_template_argument(struct walk *w)
{
    if (eat_pack(w)) {
        return;
    }
    if (eat(w, "$M")) { /* of a type that is deduced */
        walk_type(w);
        walk_value(w);
    } else if (eat(w, "$$Y")) { /* a template, or an alias */
        walk_qualified(w, false);
    } else if (eat(w, "$$C")) {
        need_one(w, "ABCDQRST");
        walk_type(w);
    } else if (eat(w, "$$B")) {
        walk_type(w);
    } else if (peek(w) == '$' && w->at + 1 < w->s.len && strchr("01237EFGHIJ", w->s.p[w->at + 1])) {
        w->at++;
        walk_value(w);
    } else {
        walk_type(w);
    }
}

/* The code of an operator or of a function that compilers make. */
static void walk_operator(struct walk *w)
{
    static const char codes[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    bool literal = eat(w, "__K");
    if (literal) {
        walk_text(w, false);
    } else if (eat(w, "_R")) {
        need_one(w, "01234");
    } else {
        (void)(eat(w, "__") || eat(w, "_"));
        need_one(w, codes);
    }
}

/* One part of a qualified name; FIRST: the entity's own, of a symbol. */
static void walk_part(struct walk *w, bool first)
{
    if (!enter(w)) {
        return;
    }
    if (next_digit(w)) {
        w->at++; /* a part that occurred before */
    } else if (eat(w, "?$")) {
        walk_part(w, true);
        while (!w->bad && !eat(w, "@")) {
            walk_template_argument(w);
        }
    } else if (first && eat(w, "?")) {
        walk_operator(w);
    } else if (!first && eat(w, "?A")) {
        walk_text(w, true); /* an anonymous namespace */
    } else if (!first && peek(w) == '?' && at_local_scope(w)) {
        w->at++;
        walk_number(w);
        need_one(w, "?");
        need_one(w, "?");
        walk_symbol(w);
    } else {
        walk_text(w, false);
    }
    w->depth--;
}

static void walk_qualified(struct walk *w, bool symbol)
{
    walk_part(w, symbol);
    while (!w->bad && !eat(w, "@")) {
        walk_part(w, false);
    }
}

/* ---- types -------------------------------------------------------------------------------------------- */

static void walk_parameters(struct walk *w)
{
    if (eat(w, "X")) {
        return;
    }
    while (!w->bad && !eat_one(w, "@Z")) {
        if (next_digit(w)) {
            w->at++;
        } else {
            walk_type(w);
        }
    }
}

static void walk_pointer_marks(struct walk *w)
{
    while (eat_one(w, "EIF")) {
    }
    if (eat(w, "__ptrauth")) {
        walk_numbers(w, 3);
    }
}

/* METHOD: what it says of 'this' comes first. */
static void walk_function(struct walk *w, bool method)
{
    if (method) {
        walk_pointer_marks(w);
        (void)eat_one(w, "GH");
        need_one(w, "ABCDQRST");
    }
    need_one(w, conventions);
    if (!eat(w, "@")) {
        if (eat(w, "?")) {
            need_one(w, "ABCDQRST");
        }
        walk_type(w);
    }
    walk_parameters(w);
    w->bad = !(eat(w, "Z") || eat(w, "_E")) || w->bad;
}

static void walk_pointer(struct walk *w)
{
    if (eat(w, "6")) {
        walk_function(w, false);
        return;
    }
    walk_pointer_marks(w);
    if (eat(w, "8")) {
        walk_qualified(w, false);
        walk_function(w, true);
        return;
    }
    char c = peek(w);
    need_one(w, "ABCDQRST");
    if (c >= 'Q') {
        walk_qualified(w, false); /* the class whose member it points to */
    }
    walk_type(w);
}

static void walk_array(struct walk *w)
{
    size_t before = w->at;
    walk_number(w);
    if (w->bad || w->s.p[before] < '0' || w->s.p[before] > '9') {
        w->bad = true; /* more than ten dimensions, or none */
        return;
    }
    walk_numbers(w, w->s.p[before] - '0' + 1);
    if (eat(w, "$$C")) {
        need_one(w, "ABCD");
    }
    walk_type(w);
}

static void walk_type(struct walk *w)
{
    if (!enter(w)) {
        return;
    }
    if (eat(w, "$$A6")) {
        walk_function(w, false);
    } else if (eat(w, "$$A8@@")) {
        walk_function(w, true);
    } else if (eat(w, "$$Q") || eat(w, "$$R") || eat_one(w, "ABPQRS")) {
        walk_pointer(w);
    } else if (eat(w, "$$C")) {
        need_one(w, "ABCD");
        walk_type(w);
    } else if (eat_one(w, "TUV")) {
        walk_qualified(w, false);
    } else if (eat(w, "W")) {
        need_one(w, "01234567");
        walk_qualified(w, false);
    } else if (eat(w, "Y")) {
        walk_array(w);
    } else if (eat(w, "?")) {
        walk_part(w, false);
        need_one(w, "@");
    } else if (eat(w, "_")) {
        need_one(w, "DEFGHIJKLMNPQSTUW");
    } else if (!eat(w, "$$T")) {
        need_one(w, "CDEFGHIJKMNOX");
    }
    w->depth--;
}

/* ---- symbols that names contain ------------------------------------------------------------------------- */

/* What follows a function's qualified name. */
static void walk_function_encoding(struct walk *w)
{
    (void)eat(w, "$$h");
    (void)eat(w, "$$J0");
    if (eat(w, "9")) {
        return; /* a C function */
    }
    char c = peek(w);
    if (eat(w, "$B")) { /* a thunk that calls what stands in the table there */
        walk_number(w);
        need_one(w, "A");
        need_one(w, conventions);
        return;
    }
    if (eat(w, "$")) {
        bool more = eat(w, "R");
        need_one(w, "012345");
        walk_numbers(w, more ? 4 : 2);
        walk_function(w, true);
        return;
    }
    need_one(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (c >= 'A' && c < 'Y' && (c - 'A') % 8 >= 6) { /* a thunk that adjusts 'this': G H O P W X */
        walk_number(w);
    }
    walk_function(w, c < 'Y' && (c - 'A') % 8 / 2 != 1);
}

static void walk_variable_encoding(struct walk *w)
{
    bool pointer = peek(w) && strchr("ABPQRS$", peek(w));
    size_t before = w->at;
    walk_type(w);
    if (pointer) {
        walk_pointer_marks(w);
    }
    char c = peek(w);
    need_one(w, "ABCDQRST");
    if (pointer && c >= 'Q' && w->s.p[before] != '$') {
        walk_qualified(w, false);
    }
}

/* A table of a class: whose part of it may be said. */
static void walk_table(struct walk *w)
{
    need_one(w, "ABCD");
    while (!w->bad && !eat(w, "@")) {
        walk_qualified(w, false);
    }
}

/* The rest of a mangled name behind its '?'. */
static void walk_symbol(struct walk *w)
{
    if (!enter(w)) {
        return;
    }
    if (eat(w, "?@")) { /* a digest */
        walk_text(w, false);
    } else {
        walk_qualified(w, true);
        if (eat_one(w, "01234")) {
            walk_variable_encoding(w);
        } else if (eat_one(w, "67")) {
            walk_table(w);
        } else if (!eat(w, "8")) {
            walk_function_encoding(w);
        }
    }
    w->depth--;
}

size_t msvc_qualified_len(struct str name)
{
    struct walk w = {.s = name};
    need_one(&w, "?");
    walk_qualified(&w, true);
    return w.bad ? SIZE_MAX : w.at;
}
