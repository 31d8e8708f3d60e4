"""Event types, and the windows in days of each sum: what the data frames loop over."""

PAGES = ("page_view", "product_view", "category_view", "content_view")

WEB_EVENTS = {
    "product_views": "product_view",
    "category_views": "category_view",
    "content_views": "content_view",
    "searches": "search",
    "form_submits": "form_submit",
    "downloads": "download",
    "cart_additions": "add_to_cart",
    "checkouts": "begin_checkout",
}

WEB_WINDOWS: dict[str, tuple[int, ...]] = {
    "pages": (30,),
    "product_views": (7, 30, 90),
    "category_views": (30,),
    "content_views": (30, 90),
    "searches": (30, 90),
    "empty_searches": (90,),
    "form_submits": (90,),
    "downloads": (90,),
    "cart_additions": (30,),
    "checkouts": (7, 30),
    "duration_seconds": (30,),
}

EMAIL_EVENTS = {
    "sent": "sent",
    "delivered": "delivered",
    "opens": "open",
    "machine_opens": "machine_open",
    "clicks": "click",
    "bounces": "bounce",
    "unsubscribes": "unsubscribe",
    "complaints": "complaint",
}
EMAIL_COUNTS = ("sent", "delivered", "opens", "machine_opens", "clicks", "bounces")
EMAIL_WINDOWS = (30, 90, 180)
