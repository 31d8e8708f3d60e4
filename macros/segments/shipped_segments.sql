{# The segments of this package, switched on or not, in the order of docs/segment-catalogue.md. A rule that is switched
   off is no part of dbt's graph, so their names have to stand somewhere. #}
{% macro shipped_segments() %}
    {{- return([
        'non_purchasers', 'first_time_buyers', 'one_time_buyers', 'repeat_buyers', 'vip', 'high_frequency',
        'discount_hunters', 'lapsed_high_value', 'recent_buyers', 'win_back', 'category_buyers',
        'category_interest', 'product_interest', 'high_intent_visitors', 'frequent_visitors',
        'visitors_without_order', 'fruitless_searchers', 'search_without_purchase', 'content_topic',
        'form_senders', 'downloaders', 'usual_device', 'first_touch', 'cart_abandoners_high_value',
        'cart_abandoners_low_value', 'checkout_abandoners', 'recovered_carts', 'browse_abandoners_high_value',
        'browse_abandoners_low_value', 'email_engagement', 'email_click_interest', 'email_daypart',
        'email_fatigue', 'email_openers_without_click', 'undeliverable', 'sunset', 'full_list', 'email_engaged',
        'not_mailed', 'last_campaign_unopened', 'subscribers_without_order', 'lifecycle', 'rfm', 'value_tier',
        'rising_value', 'declining_value', 'full_price_buyers', 'large_baskets', 'multi_category_buyers',
        'single_category_buyers', 'frequent_returners', 'second_order_due', 'one_and_done', 'lapsed_for',
        'bought_not_other', 'first_order_anniversary_soon', 'age_group', 'gender', 'country', 'region',
        'near_store', 'birthday_soon', 'signup_anniversary_soon', 'signup_source', 'welcome_window',
        'double_opt_in_pending', 'stated_interest', 'stated_topic', 'stated_email_frequency', 'implicit_interest',
        'preference_mismatch', 'interest_without_purchase', 'survey_values', 'survey_interests', 'promoters',
        'detractors', 'unhappy_feedback', 'open_support_ticket', 'replenishment_due',
    ]) }}
{% endmacro %}
