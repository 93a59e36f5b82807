"""Sells software to a customer, cancels a part of it in time, and is refused when it is too late.

Before: `tenure up` runs, `tenure import catalog deploy/sample/catalog.yaml` has run, and `generate`
has made gen/. What is printed is in ../story.txt.

TENURE_ADDRESS is where the suite listens (127.0.0.1:7100), TENURE_DATA the folder whose key signs
tokens (data).
"""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "gen"))

from tenure.catalog.v1 import catalog_pb2, catalog_pb2_grpc  # noqa: E402
from tenure.common.v1 import types_pb2  # noqa: E402
from tenure.lifecycle.v1 import subscription_pb2, subscription_pb2_grpc  # noqa: E402
from tenure.lifecycle.v1 import test_clock_pb2, test_clock_pb2_grpc  # noqa: E402
from tenure.order.v1 import order_pb2, order_pb2_grpc, partner_pb2, partner_pb2_grpc  # noqa: E402

SUITE = "offers/m365-business-standard-p1y-annual-de"
SERVER = "offers/windows-server-standard-p1y-annual-de"
# How long we go on asking for what another service has yet to hear of.
PATIENCE_SECONDS = 30


def token(*claims: str) -> str:
    """A token as your identity provider would issue it; `tenure token` stands in for one."""
    data = os.environ.get("TENURE_DATA", "data")
    made = subprocess.run(
        ["tenure", "token", "--data", data, *claims], check=True, capture_output=True, text=True
    )
    return made.stdout.strip()


class Caller:
    """Who calls: every call through it carries its token."""

    def __init__(self, channel: grpc.Channel, bearer: str) -> None:
        # Where the connection has TLS, grpc.access_token_call_credentials does the same.
        stamp = _Stamp(("authorization", f"Bearer {bearer}"))
        channel = grpc.intercept_channel(channel, stamp)
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(channel)
        self.partners = partner_pb2_grpc.PartnerServiceStub(channel)
        self.customers = partner_pb2_grpc.CustomerServiceStub(channel)
        self.orders = order_pb2_grpc.OrderServiceStub(channel)
        self.subscriptions = subscription_pb2_grpc.SubscriptionServiceStub(channel)
        self.clocks = test_clock_pb2_grpc.TestClockServiceStub(channel)


class _Stamp(grpc.UnaryUnaryClientInterceptor):
    def __init__(self, header: tuple[str, str]) -> None:
        self._header = header

    def intercept_unary_unary(self, continuation, details, request):  # type: ignore[no-untyped-def]
        metadata = [*(details.metadata or ()), self._header]
        return continuation(details._replace(metadata=metadata), request)


def connect(address: str) -> grpc.Channel:
    """A channel that gives each call a deadline, and repeats what may be repeated.

    The service config says how long and which. A repeated call has the same request_id, so that
    nothing is done twice.
    """
    policy = (HERE / "../../proto/service-config.json").read_text()
    options = [("grpc.service_config", policy), ("grpc.enable_retries", 1)]
    return grpc.insecure_channel(address, options)


def new_id() -> str:
    """A request_id: one for each thing that is to be done once, however often it is sent."""
    return str(uuid.uuid4())


def pages(method: Callable[[Any], Any], request: Any, field: str) -> Iterator[Any]:
    """Everything that a list has, page by page."""
    while True:
        page = method(request)
        yield from getattr(page, field)
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def eventually(what: str, ask: Callable[[], Any]) -> Any:
    """Asks until there is an answer: what one service did, another one hears of a little later."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while not (answer := ask()):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{what} did not come about within {PATIENCE_SECONDS} s")
        time.sleep(0.1)
    return answer


@dataclass(frozen=True)
class Refusal:
    """Why a call was refused: a program looks at code and reason, people read the message."""

    code: str
    reason: str
    metadata: dict[str, str]
    fields: list[str]
    message: str

    @staticmethod
    def of(error: grpc.RpcError) -> "Refusal":
        status = rpc_status.from_call(error)
        info = error_details_pb2.ErrorInfo()
        bad = error_details_pb2.BadRequest()
        for detail in status.details if status else ():
            # Each detail is of one type; what is of neither is left alone.
            detail.Unpack(info)
            detail.Unpack(bad)
        fields = [violation.field for violation in bad.field_violations]
        return Refusal(error.code().name, info.reason, dict(info.metadata), fields, error.details())


def refused(call: Callable[[], Any]) -> Refusal:
    """Makes a call that must be refused."""
    try:
        call()
    except grpc.RpcError as error:
        return Refusal.of(error)
    raise AssertionError("the call went through")


def money(amount: Any) -> str:
    """An exact amount: units and billionths, both with the sign."""
    nanos = amount.units * 10**9 + amount.nanos
    sign, cents = "-" if nanos < 0 else "", abs(nanos) // 10**7
    return f"{sign}{cents // 100}.{cents % 100:02} {amount.currency_code}"


def day(date: Any) -> str:
    return f"{date.year:04}-{date.month:02}-{date.day:02}"


def word(enum: Any, value: int, prefix: str) -> str:
    return enum.Name(value).removeprefix(prefix)


def instant(text: str) -> Timestamp:
    stamp = Timestamp()
    stamp.FromJsonString(text)
    return stamp


def main() -> None:
    channel = connect(os.environ.get("TENURE_ADDRESS", "127.0.0.1:7100"))
    operator = Caller(channel, token("--role", "OPERATOR"))

    request = catalog_pb2.ListOffersRequest(
        filter="market = DE AND kind = SOFTWARE_SUBSCRIPTION", page_size=2
    )
    on_sale = [offer.name for offer in pages(operator.catalog.ListOffers, request, "offers")]
    print("on sale:", SERVER if SERVER in on_sale else "nothing")

    partner = register_partner(operator)
    agent = Caller(channel, token("--role", "ADMIN_AGENT", "--partner", partner))
    clock = start_clock(operator)
    customer = register_customer(agent, clock)

    buy(agent, customer)
    bought = list_bought(agent, customer)
    explain(agent, bought[SUITE].name)
    cancel(agent, bought[SUITE].name)
    too_late(operator, agent, clock, bought[SERVER].name)
    malformed(agent, customer)


def register_partner(operator: Caller) -> str:
    """Registers a partner, and returns its name."""
    request = partner_pb2.CreatePartnerRequest(
        request_id=new_id(),
        partner=partner_pb2.Partner(
            display_name="Northwind",
            type=partner_pb2.PARTNER_TYPE_DIRECT_BILL,
            market="DE",
            cloud=types_pb2.CLOUD_COMMERCIAL,
        ),
    )
    return operator.partners.CreatePartner(request).name


def start_clock(operator: Caller) -> str:
    """Makes the clock that the story moves; a real customer has none and lives in real time."""
    request = test_clock_pb2.CreateTestClockRequest(
        request_id=new_id(), now=instant("2026-01-10T15:00:00Z")
    )
    return operator.clocks.CreateTestClock(request).name


def register_customer(agent: Caller, clock: str) -> str:
    """Registers a customer of the agent's partner, and returns its name."""
    request = partner_pb2.CreateCustomerRequest(
        request_id=new_id(),
        customer=partner_pb2.Customer(
            display_name="Contoso",
            tenant_id=new_id(),
            domain="contoso.example",
            market="DE",
            segment=types_pb2.SEGMENT_COMMERCIAL,
            cloud=types_pb2.CLOUD_COMMERCIAL,
            test_clock=clock,
        ),
    )
    return agent.customers.CreateCustomer(request).name


def buy(agent: Caller, customer: str) -> None:
    """Orders, and waits until the subscriptions run."""

    def can_be_had() -> bool:
        request = catalog_pb2.CheckAvailabilityRequest(customer=customer, offers=[SUITE, SERVER])
        return all(one.available for one in agent.catalog.CheckAvailability(request).offers)

    # A price list that was just imported is not with all services at once.
    eventually("the offers' availability", can_be_had)

    request = order_pb2.PlaceOrderRequest(
        parent=customer,
        request_id=new_id(),
        lines=[
            order_pb2.LineItem(offer=SUITE, quantity=10),
            order_pb2.LineItem(offer=SERVER, quantity=2),
        ],
        attestation=order_pb2.Attestation(version="direct-partner-1", accepted=True),
    )
    order = agent.orders.PlaceOrder(request)
    # Whoever does not know whether a call arrived sends it again, with the same request_id.
    again = agent.orders.PlaceOrder(request)
    print("sent twice:", "one order" if again.name == order.name else "two orders")

    # The answer may have been PROCESSING: the order goes on by itself.
    def finished() -> Any:
        now = agent.orders.GetOrder(order_pb2.GetOrderRequest(name=order.name))
        return now if now.state != order_pb2.ORDER_STATE_PROCESSING else None

    order = eventually("the end of the order", finished)
    print("order:", word(order_pb2.OrderState, order.state, "ORDER_STATE_"))


def list_bought(agent: Caller, customer: str) -> dict[str, Any]:
    """Shows what the customer has, and returns it by offer."""
    # A page has 50 if nothing is said; one shows here how they are put together.
    request = subscription_pb2.ListSubscriptionsRequest(parent=customer, page_size=1)
    every = pages(agent.subscriptions.ListSubscriptions, request, "subscriptions")
    bought = {one.offer: one for one in every}
    for offer in (SUITE, SERVER):
        one = bought[offer]
        state = word(subscription_pb2.SubscriptionState, one.state, "SUBSCRIPTION_STATE_")
        term = f"{day(one.term.start_date)} to {day(one.term.end_date)}"
        until = one.cancellation.allowed_until.ToJsonString()
        print(f"{one.quantity} x {offer}: {state}, {term}, can be cancelled until {until}")
    return bought


def explain(agent: Caller, name: str) -> None:
    """Asks what can be done now, and what it would do."""
    request = subscription_pb2.ExplainActionsRequest(name=name, quantity=12)
    for one in agent.subscriptions.ExplainActions(request).actions:
        action = word(subscription_pb2.Action, one.action, "ACTION_")
        if action == "INCREASE_QUANTITY" and one.allowed:
            print(f"to {one.quantity} seats: would cost {money(one.amount)}")
        if action == "RESUME":
            print("resume:", ", ".join(f"{why.reason} ({why.rule})" for why in one.reasons))


def cancel(agent: Caller, name: str) -> None:
    """Cancels for exactly the credit that the preview showed."""
    request = subscription_pb2.CancelSubscriptionRequest(
        name=name, request_id=new_id(), acknowledged=True, validate_only=True
    )
    preview = agent.subscriptions.CancelSubscription(request)
    request.validate_only = False
    request.preview_token = preview.preview_token
    request.request_id = new_id()
    receipt = agent.subscriptions.CancelSubscription(request)
    state = word(
        subscription_pb2.SubscriptionState, receipt.subscription.state, "SUBSCRIPTION_STATE_"
    )
    for one in receipt.change.charges:
        print(f"{state}: {one.quantity} x {money(one.effective_unit_price)}")


def too_late(operator: Caller, agent: Caller, clock: str, name: str) -> None:
    """Tries to cancel a millisecond after the window."""
    request = test_clock_pb2.AdvanceTestClockRequest(
        name=clock, request_id=new_id(), to=instant("2026-01-17T15:00:00.001Z")
    )
    operator.clocks.AdvanceTestClock(request)
    request = subscription_pb2.CancelSubscriptionRequest(
        name=name, request_id=new_id(), acknowledged=True
    )
    no = refused(lambda: agent.subscriptions.CancelSubscription(request))
    print(f"refused: {no.code} {no.reason}")
    print(f"  {no.message}")
    for key, value in sorted(no.metadata.items()):
        print(f"  {key}: {value}")


def malformed(agent: Caller, customer: str) -> None:
    """Sends a request with three faults, and is told of all of them."""
    request = order_pb2.PlaceOrderRequest(
        parent=customer, lines=[order_pb2.LineItem(offer="windows", quantity=-1)]
    )
    no = refused(lambda: agent.orders.PlaceOrder(request))
    print(f"refused: {no.code} {no.reason}")
    for field in sorted(no.fields):
        print(f"  {field}")


if __name__ == "__main__":
    main()
