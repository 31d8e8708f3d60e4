select date '2026-03-31' as as_of_on
