{#- A text in small letters, the same on every engine. Their own lower() differ beyond A to Z: some know no other
    letters, some make two letters of the Turkish capital I with a dot. So other letters are translated one by one:
    Latin-1 and Latin Extended-A, Greek, Cyrillic and the capital sharp s, each to the one small letter that Unicode
    names for it (simple lower case), the dotted capital I to i. What is not in the table stays as it is. -#}
{% macro folded(expression) -%}
    {%- set capitals =
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĲĴĶĹĻĽĿŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸ' ~
        'ŹŻŽΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪ' ~
        'ѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾẞ'
    -%}
    {%- set small =
        'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįiĳĵķĺļľŀłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿ' ~
        'źżžάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋѐёђѓєѕіїјљњћќѝўџабвгдежзийклмнопрстуфхцчшщъыьэюяѡѣѥѧѩѫ' ~
        'ѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿß'
    -%}
    case
        when {{ segmentation.matches_pattern(expression, '^[ -~]*$') }} then lower({{ expression }})
        else translate(
            {{ expression }},
            'ABCDEFGHIJKLMNOPQRSTUVWXYZ{{ capitals }}',
            'abcdefghijklmnopqrstuvwxyz{{ small }}'
        )
    end
{%- endmacro %}
