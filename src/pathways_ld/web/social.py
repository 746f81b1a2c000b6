"""How our pages look where others show them: their own whole address, pictures for them, icons.

Programs that show a link ask for addresses that are whole (https://ogp.me/): these name the host that was
asked, as the site map does.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, request

from pathways_ld.web import cookies
from pathways_ld.web.interface_language import interface_language
from pathways_ld.web.responses import Representation, represent

blueprint = Blueprint("social", __name__)

_ICONS: Final = {
    "favicon.ico": ("favicon.ico", "image/x-icon"),
    "apple-touch-icon.png": ("icon-180.png", "image/png"),
    "apple-touch-icon-precomposed.png": ("icon-180.png", "image/png"),
}
_LOCALES: Final = {"en": "en_US", "es": "es_ES"}
_A_DAY: Final = "public, max-age=86400"
_PATH_SAFE: Final = "/-._~!$&'()*+,;=:@"


def public_root() -> str:
    """Give the address of this server as its clients know it, without a slash at the end."""
    root = request.url_root.rstrip("/")
    # Behind a proxy that speaks https, the request itself came by http.
    return f"https:{root.removeprefix('http:')}" if cookies.is_secure() and root.startswith("http:") else root


def public_address() -> str:
    """Give the whole address of the page that is shown, without its query string."""
    return public_root() + quote(request.path.removesuffix(".html"), safe=_PATH_SAFE)


def page_locale() -> str:
    """Give the language of the page in the way of Open Graph, which wants a country: ``en_US``."""
    return _LOCALES.get(interface_language(), "en_US")


def oembed_address(path: str, lang: str = "") -> str:
    """Give the address at which the oEmbed answer for the page of a term is to be had.

    It is whole, since consumers take it as it stands. Only the page names it: a second "alternate" in the
    Link header would be in the way of JSON-LD processors.
    """
    root = public_root()
    query = f"?{urlencode({'lang': lang})}" if lang else ""
    return f"{root}/oembed?{urlencode({'url': f'{root}{path}{query}', 'format': 'json'})}"


@blueprint.get("/favicon.ico")
@blueprint.get("/apple-touch-icon.png")
@blueprint.get("/apple-touch-icon-precomposed.png")
def show_icon() -> Response:
    """Give the icons that browsers look for where no page names one."""
    name, media_type = _ICONS[request.path.rpartition("/")[2]]
    body = files("pathways_ld.web").joinpath("static", name).read_bytes()
    return represent(
        Representation(
            etag=f"icon-{len(body)}-{body[-16:].hex()}",
            content_type=media_type,
            render=lambda: body,
            cache_control=_A_DAY,
        )
    )


def register(app: Flask) -> None:
    """Give the templates their functions."""
    app.jinja_env.globals.update(
        page_locale=page_locale, public_root=public_root, public_address=public_address
    )
