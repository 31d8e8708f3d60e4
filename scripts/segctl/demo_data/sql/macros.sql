-- Draws and small helpers that all other files use.
--
-- A draw is a function of the seed, a key (which thing) and a salt (which of its properties), so
-- it depends neither on the order in which rows are computed nor on the number of threads. Keys
-- are whole numbers; salts are below 1024 and belong to one file each:
--   people and customers 1-99, process and purchases 100-199, orders 200-299, lines 300-399,
--   sessions 400-499, web events 500-599, subscribers and sends 600-699, e-mail events 700-799,
--   all other tables 800-899, the gamma of external scores 900-919.

-- Uniform in the open interval (0, 1): 52 bits of the hash, moved half a step off zero. Casts keep
-- the arithmetic in double, where all of these numbers are exact.
create macro u(key, salt) as
    ((hash(xor((key * 1024 + salt)::ubigint, seed_mix())) >> 12)::double + 0.5::double)
    * 2.220446049250313e-16::double;

create macro chance(key, salt, share) as u(key, salt) < share;

-- Whole number from 0 to n - 1.
create macro whole(key, salt, n) as floor(u(key, salt) * n)::integer;

create macro pick(options, key, salt) as options[whole(key, salt, len(options)) + 1];

-- Exponential with mean 1.
create macro expo(key, salt) as -ln(u(key, salt));

-- Standard normal, by Box and Muller; takes two salts.
create macro gauss(key, salt) as
    sqrt(-2 * ln(u(key, salt))) * cos(2 * pi() * u(key, salt + 1));

-- Gamma with the given shape and rate 1; takes 20 salts. Marsaglia and Tsang (2000) for shape + 1,
-- brought down to the shape by a power of a uniform, which works for any shape above 0. Their
-- rejection loop is unrolled to six attempts; each fails in less than 1 of 20 cases, so the value
-- that stands in when all six fail is needed less than once in ten million draws.
create macro gamma_accept(d, z, v, w) as
    case when v > 0 and ln(w) < z * z / 2 + d * (1 - v + ln(greatest(v, 1e-300))) then d * v end;
create macro gamma_try(d, key, salt) as
    gamma_accept(
        d,
        gauss(key, salt),
        pow(1 + gauss(key, salt) / sqrt(9 * d), 3),
        u(key, salt + 2)
    );
create macro gamma_above_one(d, key, salt) as
    coalesce(
        gamma_try(d, key, salt),
        gamma_try(d, key, salt + 3),
        gamma_try(d, key, salt + 6),
        gamma_try(d, key, salt + 9),
        gamma_try(d, key, salt + 12),
        gamma_try(d, key, salt + 15),
        d
    );
create macro gamma_draw(shape, key, salt) as
    gamma_above_one(shape + 2.0 / 3, key, salt) * pow(u(key, salt + 18), 1 / shape);

-- Times are whole seconds since 1970 until a table is written: exact to add up, no time zone.
create macro moment(seconds) as make_timestamp(seconds::bigint * 1000000);
create macro hours(key, salt, most) as (u(key, salt) * most * 3600)::bigint;
create macro days(key, salt, most) as (u(key, salt) * most * 86400)::bigint;

-- When a row about something at the given second arrived: within half an hour, sometimes days late.
-- One draw for both: below the share of late rows it says how late.
create macro arrival(seconds, key, salt) as
    moment(
        seconds + case
            when chance(key, salt, late_share())
                then 172800 + (u(key, salt) / late_share() * 20 * 86400)::bigint
            else 60 + (u(key, salt) * 1800)::bigint
        end
    );

-- Rows that are delivered once more: 1 for the same again, 2 for older content, else null.
create macro copy_kind(key, salt) as
    case
        when chance(key, salt, exact_duplicate_share()) then 1
        when chance(key, salt, exact_duplicate_share() + conflict_share()) then 2
    end;

-- The record number tells the customer records of one person apart: 0, then 1 and 2 where there
-- are several.
create macro customer_id(person, record) as 'C' || record || lpad(person::varchar, 8, '0');

create macro product_id(number) as 'P' || lpad((number + 1)::varchar, 3, '0');

-- A visitor id is random-looking hex; slots tell the devices of one person apart.
create macro visitor_id(person, slot) as
    lower(to_hex(hash(xor((person * 8 + slot)::ubigint, seed_mix() >> 1))));

-- An address as somebody types it: sometimes in capitals with blanks around.
create macro untidy(email, key, salt) as
    case
        when chance(key, salt, untidy_email_share() / 2) then '  ' || upper(email) || ' '
        when chance(key, salt, untidy_email_share()) then ' ' || upper(email[1]) || email[2:]
        else email
    end;
-- The same, sometimes also broken.
create macro mistyped(email, key, salt) as
    case
        when chance(key, salt + 1, malformed_email_share() / 2) then replace(email, '@', '')
        when chance(key, salt + 1, malformed_email_share()) then replace(email, '.', ' ')
        else untidy(email, key, salt)
    end;

-- Product ladder: 15 products per category, each a third dearer than the one before.
create macro list_price(number) as
    round(6 * pow(1.33, number % 15) * (0.96 + 0.08 * u(number, 801)), 1) - 0.05;
create macro mailing_s(number) as period_start() + (9 + 14 * number) * 86400 + 9 * 3600;
create macro mailing_id(number) as 'N' || lpad((number + 1)::varchar, 3, '0');
