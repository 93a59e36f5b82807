//! `TimerService`.

use proto::lifecycle::timer_service_server::TimerService;
use tonic::{Request, Response, Status};

use super::{Service, caller, once, pb};
use crate::app::timer_key;
use crate::convert;

#[tonic::async_trait]
impl TimerService for Service {
    async fn list_timers(
        &self,
        request: Request<pb::ListTimersRequest>,
    ) -> Result<Response<pb::ListTimersResponse>, Status> {
        let (caller, message) = (caller(&request)?, request.get_ref());
        let state = convert::timers(message).map_err(rpc::status)?;
        let pager = self.pager("ListTimers", caller, &[&message.filter]);
        let page = pager.page(message.page_size, &message.page_token).map_err(rpc::status)?;
        let timers = self.app.list_timers(state, &page).await.map_err(rpc::status)?;
        let (timers, next_page_token) = pager.cut(&page, timers, timer_key);
        let timers = timers.iter().map(convert::timer).collect();
        Ok(Response::new(pb::ListTimersResponse { timers, next_page_token }))
    }

    async fn retry_timer(
        &self,
        request: Request<pb::RetryTimerRequest>,
    ) -> Result<Response<pb::Timer>, Status> {
        let of = convert::retry_timer(request.get_ref()).map_err(rpc::status)?;
        let (once, caller) = (once(&request, convert::timer)?, caller(&request)?);
        let answer = self.app.retry_timer(&once, caller, of).await.map_err(rpc::status)?;
        replay::respond(answer, convert::timer)
    }
}
