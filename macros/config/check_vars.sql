{# Stops while the project is parsed when a var contradicts another or has a value that means nothing. #}
{% macro check_vars() %}
    {%- set faults = [] -%}
    {%- set sources = var('segmentation_sources') -%}
    {%- if sources is string or not sources -%}
        {%- do faults.append("segmentation_sources has to be a list like [demo] or a mapping like {my_shop: [orders, customers]}, not '" ~ sources ~ "'.") -%}
    {%- elif sources is mapping -%}
        {%- for source, tables in sources.items() -%}
            {%- if tables is string or not tables -%}
                {%- do faults.append("segmentation_sources: list the tables that " ~ source ~ " delivers, like {" ~ source ~ ": [orders, customers]}.") -%}
            {%- else -%}
                {%- for table in tables if table not in segmentation.contract_tables() -%}
                    {%- do faults.append("segmentation_sources: " ~ source ~ " lists '" ~ table ~ "', which is no table of the contract; those are " ~ segmentation.contract_tables() | join(', ') ~ ".") -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for table in segmentation.optional_tables() if execute and sources is not mapping -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name.startswith('stg_') and node.name.endswith('__' ~ table) -%}
            {%- set source = node.name[4:-(table | length + 2)] -%}
            {%- if source in sources and source not in segmentation.sources_of(table) -%}
                {%- do faults.append(
                    "segmentation_sources: the project has a model " ~ node.name ~ ", which is not read. A source in a list delivers what every shop has; "
                    ~ "write its tables out: {" ~ source ~ ": [orders, " ~ table ~ "]}."
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set as_of = var('segmentation_as_of', none) -%}
    {%- if as_of and not segmentation.is_day(as_of | string) -%}
        {%- do faults.append("segmentation_as_of has to be a day like 2026-01-31, not '" ~ as_of ~ "'.") -%}
    {%- endif -%}
    {%- set earliest_day = var('segmentation_earliest_day') | string -%}
    {%- if not segmentation.is_day(earliest_day) or earliest_day <= segmentation.unknown_day()[:4] ~ '-12-31' -%}
        {%- do faults.append("segmentation_earliest_day has to be a day like 1990-01-01, from 1901-01-01 on, not '" ~ earliest_day ~ "'.") -%}
    {%- endif -%}
    {%- set choices = {
        'segmentation_rfm_method': ['quantile', 'percent_rank', 'fixed'],
        'segmentation_cohort_period': ['month', 'week', 'quarter'],
        'segmentation_unknown_columns': ['warn', 'error', 'ignore'],
        'segmentation_files_format': ['csv', 'parquet'],
    } -%}
    {%- for name, allowed in choices.items() if var(name) not in allowed -%}
        {%- do faults.append(name ~ " has to be one of " ~ allowed | join(', ') ~ ", not '" ~ var(name) ~ "'.") -%}
    {%- endfor -%}
    {%- if not modules.re.match('^[A-Z]{3}$', var('segmentation_currency') | string) -%}
        {%- do faults.append("segmentation_currency has to be an ISO 4217 code in capitals like EUR, not '" ~ var('segmentation_currency') ~ "'.") -%}
    {%- endif -%}
    {%- if not modules.re.match('^[A-Za-z][A-Za-z0-9_+/-]*$', var('segmentation_time_zone') | string) -%}
        {%- do faults.append("segmentation_time_zone has to be an IANA name like Europe/Vienna, not '" ~ var('segmentation_time_zone') ~ "'.") -%}
    {%- endif -%}
    {%- if var('segmentation_currency') in segmentation.currencies_with_three_decimals() -%}
        {%- do faults.append(
            "segmentation_currency: sums are kept in hundredths, and " ~ var('segmentation_currency') ~ " has thousandths. "
            ~ "Choose a currency with at most two decimals to report in, and say its rate in the seed exchange_rates; amounts in "
            ~ var('segmentation_currency') ~ " are converted with all their decimals."
        ) -%}
    {%- endif -%}
    {%- do faults.extend(segmentation.segment_var_faults()) -%}
    {%- do faults.extend(segmentation.threshold_var_faults()) -%}
    {%- set shares = {'segmentation_allowed_finding_share': var('segmentation_allowed_finding_share')} -%}
    {%- do shares.update(var('segmentation_allowed_finding_share_by_check')) -%}
    {%- for name, share in shares.items() if share is not number or share < 0 or share > 1 -%}
        {%- do faults.append("The allowed share '" ~ name ~ "' has to be a number from 0 to 1, not '" ~ share ~ "'.") -%}
    {%- endfor -%}
    {%- for name, least in {
        'segmentation_max_customers_per_email': 1,
        'segmentation_max_customers_per_anonymous_id': 1,
        'segmentation_max_emails_per_customer': 1,
        'segmentation_identity_rounds': 1,
        'segmentation_minimum_age': 0,
    }.items() if var(name) is not integer or var(name) < least -%}
        {%- do faults.append(name ~ " has to be a whole number of at least " ~ least ~ ", not '" ~ var(name) ~ "'.") -%}
    {%- endfor -%}
    {%- for name in ['segmentation_till_mailboxes', 'segmentation_placeholder_ids', 'segmentation_placeholder_mailboxes'] -%}
        {%- set words = var(name) -%}
        {%- if words is string or words is mapping or words is not iterable or not words -%}
            {%- do faults.append(name ~ " has to be a list of words like [none, unknown], not '" ~ words ~ "'.") -%}
        {%- else -%}
            {%- for word in words if word is not string or word != word | lower | trim or "'" in word -%}
                {%- do faults.append(name ~ " lists " ~ word ~ ": words have to be quoted texts in small letters, without blanks around them and apostrophes.") -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error("Check the vars of your dbt_project.yml:\n  - " ~ faults | join("\n  - ")) }}
    {%- endif -%}
{% endmacro %}

{# Whether a text is a day of the calendar, written YYYY-MM-DD. #}
{% macro is_day(text) %}
    {%- if not modules.re.match('^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$', text) -%}{{- return(false) }}{%- endif -%}
    {%- set first_of_month = modules.datetime.datetime.strptime(text[:7] ~ '-01', '%Y-%m-%d') -%}
    {%- set day = first_of_month + modules.datetime.timedelta(days=text[8:] | int - 1) -%}
    {{- return(day.month == first_of_month.month) }}
{% endmacro %}
