//! `OrderService`: carts and orders.

use access::Caller;
use prost::Message;
use proto::order as pb;
use proto::order::order_service_server::OrderService;
use replay::{Answer, Once};
use rpc::{Fields, Pager};
use tokio::time::Instant;
use tonic::{Request, Response, Status};

use super::{Service, asker};
use crate::app::{Placed, page_key};
use crate::convert;
use crate::error::Error;

#[tonic::async_trait]
impl OrderService for Service {
    async fn create_cart(
        &self,
        request: Request<pb::CreateCartRequest>,
    ) -> Result<Response<pb::Cart>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let command = convert::create_cart(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::cart);
        let answer = self.app.create_cart(&once, caller, command).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::cart)
    }

    async fn get_cart(
        &self,
        request: Request<pb::GetCartRequest>,
    ) -> Result<Response<pb::Cart>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let asked = request.get_ref();
        let (customer, id) =
            convert::cart_name(Fields::of(asked), &asked.name).map_err(rpc::status)?;
        let cart = self.app.get_cart(caller, customer, id).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::cart(&cart)))
    }

    async fn update_cart(
        &self,
        request: Request<pb::UpdateCartRequest>,
    ) -> Result<Response<pb::Cart>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let command = convert::update_cart(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::cart);
        let answer = self.app.update_cart(&once, caller, command).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::cart)
    }

    async fn delete_cart(
        &self,
        request: Request<pb::DeleteCartRequest>,
    ) -> Result<Response<pb::Cart>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (customer, id) = convert::delete_cart(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::cart);
        let answer = self.app.delete_cart(&once, caller, customer, id).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::cart)
    }

    async fn review_cart(
        &self,
        request: Request<pb::ReviewCartRequest>,
    ) -> Result<Response<pb::CartReview>, Status> {
        let asker = asker(&request)?;
        let named = request.get_ref();
        let (customer, id) =
            convert::cart_name(Fields::of(named), &named.name).map_err(rpc::status)?;
        let review = self.app.review_cart(asker, customer, id).await;
        Ok(Response::new(convert::review(&review.map_err(Error::into_status)?)))
    }

    async fn checkout_cart(
        &self,
        request: Request<pb::CheckoutCartRequest>,
    ) -> Result<Response<pb::Order>, Status> {
        let deadline = self.patience.deadline(request.metadata());
        let asker = asker(&request)?;
        let command = convert::checkout_cart(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), asker.caller.key(), convert::placed);
        let answer = self.app.checkout_cart(&once, asker, command).await;
        self.settle(asker.caller, answer.map_err(Error::into_status)?, deadline).await
    }

    async fn place_order(
        &self,
        request: Request<pb::PlaceOrderRequest>,
    ) -> Result<Response<pb::Order>, Status> {
        let deadline = self.patience.deadline(request.metadata());
        let asker = asker(&request)?;
        let command = convert::place_order(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), asker.caller.key(), convert::placed);
        let answer = self.app.place_order(&once, asker, command).await;
        self.settle(asker.caller, answer.map_err(Error::into_status)?, deadline).await
    }

    async fn get_order(
        &self,
        request: Request<pb::GetOrderRequest>,
    ) -> Result<Response<pb::Order>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let (customer, id) = convert::order_name(request.get_ref()).map_err(rpc::status)?;
        let order = self.app.get_order(caller, customer, id).await.map_err(Error::into_status)?;
        Ok(Response::new(convert::order(&order)))
    }

    async fn list_orders(
        &self,
        request: Request<pb::ListOrdersRequest>,
    ) -> Result<Response<pb::ListOrdersResponse>, Status> {
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let customer = convert::list_orders(request.get_ref()).map_err(rpc::status)?;
        let asked = request.get_ref();
        let pager = Pager::new(&self.seal, "ListOrders", &caller.key(), &[&asked.parent]);
        let page = pager.page(asked.page_size, &asked.page_token).map_err(rpc::status)?;
        let rows = self.app.list_orders(caller, customer, &page).await;
        let (rows, next) = pager.cut(&page, rows.map_err(Error::into_status)?, page_key);
        let orders = rows.iter().map(convert::order).collect();
        Ok(Response::new(pb::ListOrdersResponse { orders, next_page_token: next }))
    }

    async fn cancel_order(
        &self,
        request: Request<pb::CancelOrderRequest>,
    ) -> Result<Response<pb::CancelOrderResponse>, Status> {
        let asker = asker(&request)?;
        let command = convert::cancel_order(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), asker.caller.key(), convert::cancelled);
        let answer = self.app.cancel_order(&once, asker, command).await;
        replay::respond(answer.map_err(Error::into_status)?, convert::cancelled)
    }

    async fn import_history(
        &self,
        request: Request<pb::ImportHistoryRequest>,
    ) -> Result<Response<pb::ImportHistoryResponse>, Status> {
        let deadline = self.patience.deadline(request.metadata());
        let caller = Caller::of(&request).map_err(rpc::status)?;
        let command = convert::import_history(request.get_ref()).map_err(rpc::status)?;
        let once = Once::new(request.get_ref(), caller.key(), convert::imported);
        let answer = self.app.import_history(&once, caller, command).await;
        self.settle_all(caller, answer.map_err(Error::into_status)?, deadline).await
    }
}

impl Service {
    /// Answers a purchase with the order as it is once its subscriptions have started, or when the
    /// caller's time is up. A repetition waits in the same way, and is marked as one.
    async fn settle(
        &self,
        caller: &Caller,
        answer: Answer<Placed>,
        deadline: Instant,
    ) -> Result<Response<pb::Order>, Status> {
        let named = match &answer {
            Answer::Fresh(placed) if placed.preview_token.is_some() => None,
            Answer::Fresh(placed) => Some((placed.order.customer, placed.order.id)),
            Answer::Replayed(bytes) => {
                pb::Order::decode(bytes.as_slice()).ok().as_ref().and_then(convert::placed_name)
            }
        };
        let Some((customer, id)) = named else { return replay::respond(answer, convert::placed) };
        let order = self.app.settled(caller, customer, id, deadline).await;
        let order = order.map_err(Error::into_status)?;
        let answer = match answer {
            Answer::Fresh(_) => Answer::Fresh(Placed { order, preview_token: None }),
            Answer::Replayed(_) => Answer::Replayed(convert::order(&order).encode_to_vec()),
        };
        replay::respond(answer, convert::placed)
    }
}
