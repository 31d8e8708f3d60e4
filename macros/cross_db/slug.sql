{# A folded text (folded_text) as a name for segments and files: ASCII letters in lower case, digits and underscores,
   another one for each text, and a function of the text alone, so that a new text never renames an old one. A blank
   becomes _ and an underscore __; in any other text something would be lost, and ten digits of its md5 follow what can
   be read of it. A hyphen between digits (18-24) is taken as a blank, and so digits with a blank between them are not;
   a plain text that ends like an md5 gets one, too. #}
{% macro slug(folded) -%}
    case
        when length({{ folded }}) <= 60
            and {{ segmentation.matches_pattern(folded, '^[a-z0-9]+([ _-][a-z0-9]+)*$') }}
            and not {{ segmentation.matches_pattern(folded, '[0-9] [0-9]|[a-z]-|-[a-z]|(^|[ _-])[0-9a-f]{10}$') }}
            then replace(replace(replace({{ folded }}, '_', '__'), ' ', '_'), '-', '_')
        else {{ segmentation.readable_part(folded) }} || substr({{ dbt.hash(folded) }}, 1, 10)
    end
{%- endmacro %}

{# What can be read of a text, for people: without accents, and _ for everything that is no ASCII letter or digit. #}
{% macro readable_part(folded) -%}
    {%- set accented = 'ßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžſơưșțạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ' -%}
    {%- set bare = 'saaaaaaaceeeeiiiidnoooooouuuuytyaaaccccddeeeeegggghhiiiiiijklllllnnnnoooorrrsssstttuuuuuuwyzzzsoustaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy' -%}
    {%- set plain = "translate(" ~ folded ~ ", '" ~ accented ~ "', '" ~ bare ~ "')" -%}
    {%- set words = 'substr(' ~ segmentation.replace_all(plain, '[^a-z0-9]+', '_') ~ ', 1, 48)' -%}
    {%- set trimmed = segmentation.replace_all(words, '^_|_$', '') -%}
    case when {{ trimmed }} = '' then '' else {{ trimmed }} || '_' end
{%- endmacro %}
